#include "tests/quant/random_tensor.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace qualm::quant::test {
namespace {

void put(std::span<std::byte> block, std::size_t at, unsigned bits) {
  block[at] = static_cast<std::byte>(bits % 256);
  block[at + 1] = static_cast<std::byte>(bits / 256 % 256);
}

}  // namespace

void give_plain_scales(Type type, std::span<std::byte> block, std::mt19937& random) {
  const auto half = [&] { return (random() % 2) << 15 | (5 + random() % 11) << 10 | random() % 1024; };
  switch (type) {
    case Type::f32: {
      const float value = static_cast<float>(static_cast<double>(random()) / 2147483648.0 - 1.0);
      std::memcpy(block.data(), &value, sizeof value);
      break;
    }
    case Type::f16: put(block, 0, static_cast<unsigned>(half())); break;
    case Type::bf16:
      put(block, 0, static_cast<unsigned>((random() % 2) << 15 | (117 + random() % 11) << 7 | random() % 128));
      break;
    case Type::q4_1:
    case Type::q5_1:
    case Type::q4_k:
    case Type::q5_k:
      put(block, 0, static_cast<unsigned>(half()));
      put(block, 2, static_cast<unsigned>(half()));
      break;
    case Type::q4_0:
    case Type::q5_0:
    case Type::q8_0: put(block, 0, static_cast<unsigned>(half())); break;
    case Type::q6_k: put(block, 208, static_cast<unsigned>(half())); break;
  }
}

PackedTensor random_tensor(Type type, std::int64_t rows, std::int64_t columns, unsigned seed,
                           std::size_t misalignment) {
  const auto bytes = static_cast<std::size_t>(rows * row_bytes(type, columns));
  auto buffer = std::make_shared<std::vector<std::byte>>(bytes + misalignment);
  const std::span<std::byte> data = std::span(*buffer).subspan(misalignment);
  std::mt19937 random(seed);
  std::ranges::generate(data, [&] { return static_cast<std::byte>(random() % 256); });
  const auto block = static_cast<std::size_t>(info(type).block_bytes);
  for (std::size_t at = 0; at < bytes; at += block) give_plain_scales(type, data.subspan(at, block), random);
  return {.type = type, .rows = rows, .columns = columns, .data = data, .owner = buffer};
}

std::vector<float> random_values(std::int64_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(static_cast<std::size_t>(size));
  std::ranges::generate(values, [&] { return static_cast<float>(static_cast<double>(random()) / 2147483648.0 - 1.0); });
  return values;
}

}  // namespace qualm::quant::test
