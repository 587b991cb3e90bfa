#pragma once

#include "quant/half.h"
#include "quant/legacy_blocks/layout.h"
#include "quant/type.h"

namespace qualm::quant {

/// The low four bits of weight `i`'s code.
QUALM_HOST_DEVICE int nibble(const std::uint8_t* nibbles, int i) {
  return i < 16 ? nibbles[i] & 15 : nibbles[i - 16] >> 4;
}
/// The fifth bit of weight `i`'s code, in its place.
QUALM_HOST_DEVICE int fifth_bit(const std::uint8_t* high, int i) { return (high[i / 8] >> i % 8 & 1) << 4; }

/// d * q + m for a code q: the product of an 11-bit and a small number is exact, so the sum rounds once, fused or not.
QUALM_HOST_DEVICE float scale_and_shift(float d, int q, float m) { return d * static_cast<float>(q) + m; }

struct Q4_0 {
  using Block = BlockQ4_0;
  static constexpr Type type = Type::q4_0;
  static constexpr int block_values = 32;
  static QUALM_HOST_DEVICE float decode(const Block& block, int i) {
    return load_f16(block.d) * static_cast<float>(nibble(block.nibbles, i) - 8);
  }
};

struct Q4_1 {
  using Block = BlockQ4_1;
  static constexpr Type type = Type::q4_1;
  static constexpr int block_values = 32;
  static QUALM_HOST_DEVICE float decode(const Block& block, int i) {
    return scale_and_shift(load_f16(block.d), nibble(block.nibbles, i), load_f16(block.m));
  }
};

struct Q5_0 {
  using Block = BlockQ5_0;
  static constexpr Type type = Type::q5_0;
  static constexpr int block_values = 32;
  static QUALM_HOST_DEVICE float decode(const Block& block, int i) {
    const int q = nibble(block.nibbles, i) | fifth_bit(block.high, i);
    return load_f16(block.d) * static_cast<float>(q - 16);
  }
};

struct Q5_1 {
  using Block = BlockQ5_1;
  static constexpr Type type = Type::q5_1;
  static constexpr int block_values = 32;
  static QUALM_HOST_DEVICE float decode(const Block& block, int i) {
    const int q = nibble(block.nibbles, i) | fifth_bit(block.high, i);
    return scale_and_shift(load_f16(block.d), q, load_f16(block.m));
  }
};

struct Q8_0 {
  using Block = BlockQ8_0;
  static constexpr Type type = Type::q8_0;
  static constexpr int block_values = 32;
  static QUALM_HOST_DEVICE float decode(const Block& block, int i) {
    return load_f16(block.d) * static_cast<float>(block.codes[i]);
  }
};

}  // namespace qualm::quant
