#pragma once

#include "quant/half.h"
#include "quant/k_blocks/layout.h"
#include "quant/type.h"

namespace qualm::quant {

/// Scale of sub-block `j` of Q4_K and Q5_K.
QUALM_HOST_DEVICE int sub_scale(const std::uint8_t* scales, int j) {
  return j < 4 ? scales[j] & 63 : (scales[j + 4] & 15) | (scales[j - 4] >> 6) << 4;
}
/// Minimum of sub-block `j` of Q4_K and Q5_K.
QUALM_HOST_DEVICE int sub_minimum(const std::uint8_t* scales, int j) {
  return j < 4 ? scales[j + 4] & 63 : scales[j + 4] >> 4 | (scales[j] >> 6) << 4;
}
/// All scales and minima at once, for kernels that decode a whole block: scales 0..7, then minima 0..7, a byte each,
/// little-endian in four words.
QUALM_HOST_DEVICE void unpack_sub_scales(const std::uint8_t* scales, std::uint32_t (&words)[4]) {
  const std::uint32_t a = load_u32(scales);
  const std::uint32_t b = load_u32(scales + 4);
  const std::uint32_t c = load_u32(scales + 8);
  words[0] = a & 0x3F3F3F3FU;
  words[1] = (c & 0x0F0F0F0FU) | (a >> 6 & 0x03030303U) << 4;
  words[2] = b & 0x3F3F3F3FU;
  words[3] = (c >> 4 & 0x0F0F0F0FU) | (b >> 6 & 0x03030303U) << 4;
}
/// Four low bits of the code of weight `i` (0..255) of Q4_K and Q5_K.
QUALM_HOST_DEVICE int paired_nibble(const std::uint8_t* nibbles, int i) {
  const int byte = nibbles[i / 64 * 32 + i % 32];
  return i / 32 % 2 == 0 ? byte & 15 : byte >> 4;
}
/// (d * scale) * q - dmin * minimum: the products are exact in binary32, so only the difference rounds, fused or not.
QUALM_HOST_DEVICE float sub_block_weight(float d, float dmin, const std::uint8_t* scales, int j, int q) {
  return d * static_cast<float>(sub_scale(scales, j)) * static_cast<float>(q) -
         dmin * static_cast<float>(sub_minimum(scales, j));
}

struct Q4_K {
  using Block = BlockQ4_K;
  static constexpr Type type = Type::q4_k;
  static constexpr int block_values = 256;
  static QUALM_HOST_DEVICE float decode(const Block& block, int i) {
    return sub_block_weight(load_f16(block.d), load_f16(block.dmin), block.scales, i / 32,
                            paired_nibble(block.nibbles, i));
  }
};

struct Q5_K {
  using Block = BlockQ5_K;
  static constexpr Type type = Type::q5_k;
  static constexpr int block_values = 256;
  static QUALM_HOST_DEVICE float decode(const Block& block, int i) {
    const int q = paired_nibble(block.nibbles, i) | (block.high[i % 32] >> i / 32 & 1) << 4;
    return sub_block_weight(load_f16(block.d), load_f16(block.dmin), block.scales, i / 32, q);
  }
};

struct Q6_K {
  using Block = BlockQ6_K;
  static constexpr Type type = Type::q6_k;
  static constexpr int block_values = 256;
  static QUALM_HOST_DEVICE float decode(const Block& block, int i) {
    const int half = i / 128;
    const int part = i / 32 % 4;
    const int byte = block.nibbles[half * 64 + part % 2 * 32 + i % 32];
    const int low = part < 2 ? byte & 15 : byte >> 4;
    const int q = low | (block.high[half * 32 + i % 32] >> 2 * part & 3) << 4;
    return load_f16(block.d) * static_cast<float>(block.scales[i / 16]) * static_cast<float>(q - 32);
  }
};

}  // namespace qualm::quant
