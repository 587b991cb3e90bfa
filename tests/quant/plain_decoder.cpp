#include "tests/quant/plain_decoder.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace qualm::quant::test {
namespace {

using Bytes = std::vector<unsigned>;

double half_at(const Bytes& b, std::size_t at) { return half_value(b.at(at) + 256 * b.at(at + 1)); }
double signed_byte(unsigned byte) { return byte < 128 ? byte : static_cast<double>(byte) - 256; }

// The four low bits of 32 codes whose 16 bytes start at `at`.
unsigned legacy_nibble(const Bytes& b, std::size_t at, unsigned i) {
  return i < 16 ? b.at(at + i) % 16 : b.at(at + i - 16) / 16;
}
unsigned legacy_fifth(const Bytes& b, std::size_t at, unsigned i) {
  const std::uint64_t high = b.at(at) + 256ULL * b.at(at + 1) + 65536ULL * b.at(at + 2) + 16777216ULL * b.at(at + 3);
  return static_cast<unsigned>(high / (1ULL << i) % 2);
}

std::vector<double> legacy(Type type, const Bytes& b) {
  std::vector<double> out;
  const double d = half_at(b, 0);
  for (unsigned i = 0; i < 32; ++i) {
    switch (type) {
      case Type::q4_0: out.push_back(d * (static_cast<double>(legacy_nibble(b, 2, i)) - 8)); break;
      case Type::q4_1: out.push_back(d * legacy_nibble(b, 4, i) + half_at(b, 2)); break;
      case Type::q5_0:
        out.push_back(d * (static_cast<double>(legacy_nibble(b, 6, i) + 16 * legacy_fifth(b, 2, i)) - 16));
        break;
      case Type::q5_1: out.push_back(d * (legacy_nibble(b, 8, i) + 16 * legacy_fifth(b, 4, i)) + half_at(b, 2)); break;
      case Type::q8_0: out.push_back(d * signed_byte(b.at(2 + i))); break;
      default: throw std::logic_error("not a type of this family");
    }
  }
  return out;
}

std::vector<double> with_minimum(Type type, const Bytes& b) {
  std::vector<double> out;
  for (unsigned i = 0; i < 256; ++i) {
    const unsigned j = i / 32;
    unsigned scale = 0;
    unsigned minimum = 0;
    if (j < 4) {
      scale = b.at(4 + j) % 64;
      minimum = b.at(4 + j + 4) % 64;
    } else {
      scale = b.at(4 + j + 4) % 16 + 16 * (b.at(4 + j - 4) / 64);
      minimum = b.at(4 + j + 4) / 16 + 16 * (b.at(4 + j) / 64);
    }
    const std::size_t nibbles = type == Type::q4_k ? 16 : 48;
    const unsigned byte = b.at(nibbles + 32 * (j / 2) + i % 32);
    unsigned q = j % 2 == 0 ? byte % 16 : byte / 16;
    if (type == Type::q5_k) q += 16 * (b.at(16 + i % 32) / (1U << j) % 2);
    out.push_back(half_at(b, 0) * scale * q - half_at(b, 2) * minimum);
  }
  return out;
}

std::vector<double> six_bits(const Bytes& b) {
  std::vector<double> out;
  for (unsigned weight = 0; weight < 256; ++weight) {
    const unsigned h = weight / 128;
    const unsigned p = weight % 128 / 32;
    const unsigned i = weight % 32;
    const unsigned byte = b.at(64 * h + 32 * (p % 2) + i);
    const unsigned q = (p < 2 ? byte % 16 : byte / 16) + 16 * (b.at(128 + 32 * h + i) / (1U << 2 * p) % 4);
    out.push_back(half_at(b, 208) * signed_byte(b.at(192 + weight / 16)) * (static_cast<double>(q) - 32));
  }
  return out;
}

}  // namespace

double half_value(std::uint32_t bits) {
  const double sign = bits / 32768 % 2 == 1 ? -1.0 : 1.0;
  const int exponent = static_cast<int>(bits / 1024 % 32);
  const double fraction = bits % 1024 / 1024.0;
  if (exponent == 0) return sign * std::ldexp(fraction, -14);
  if (exponent < 31) return sign * std::ldexp(1.0 + fraction, exponent - 15);
  return fraction == 0.0 ? sign * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> plain_decode(Type type, std::span<const std::byte> block) {
  Bytes b;
  for (const std::byte byte : block) b.push_back(std::to_integer<unsigned>(byte));
  switch (type) {
    case Type::f16: return {half_at(b, 0)};
    case Type::f32:
    case Type::bf16: {
      const std::uint32_t bits = type == Type::bf16 ? (b.at(0) + 256 * b.at(1)) << 16
                                                    : b.at(0) + 256 * b.at(1) + 65536 * b.at(2) + 16777216 * b.at(3);
      float value = 0;
      std::memcpy(&value, &bits, sizeof value);
      return {static_cast<double>(value)};
    }
    case Type::q4_k:
    case Type::q5_k: return with_minimum(type, b);
    case Type::q6_k: return six_bits(b);
    default: return legacy(type, b);
  }
}

}  // namespace qualm::quant::test
