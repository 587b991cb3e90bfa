#pragma once

#include <cstdint>

namespace qualm::quant {

/// Super-blocks of 256 weights whose sub-blocks have integer scales under binary16 ones. Numbers are little-endian and
/// unaligned.
///
/// Q4_K (4.5 bits a weight) and Q5_K (5.5): eight sub-blocks of 32, weight = d * scale * q - dmin * minimum, scale and
/// minimum of 6 bits. The twelve bytes `scales` hold, for sub-blocks j = 0..3, scale j in the low 6 bits of byte j and
/// minimum j in those of byte j + 4; for j = 4..7 the low four bits of scale j are the low half of byte j + 4, those of
/// minimum j its high half, and the two high bits lie on top of byte j - 4 (scale) and byte j (minimum).
/// The low four bits of the codes: bytes 32p .. 32p + 31 of `nibbles` (p = 0..3) hold sub-block 2p in their low halves
/// and sub-block 2p + 1 in their high halves. Q5_K's fifth bit: bit j of byte i of `high` for weight i of sub-block j.
///
/// Q6_K (6.5625 bits a weight): sixteen sub-blocks of 16, weight = d * scale * (q - 32), scale a signed byte, q of 6
/// bits. Each half h = 0, 1 (128 weights) has 64 bytes of `nibbles` and 32 bytes of `high`. Weight 32p + i of a half (p
/// = 0..3, i < 32) has its low four bits in byte 32 * (p % 2) + i of the half's nibbles, the low half for p < 2, else
/// the high half, and its two high bits in bits 2p, 2p + 1 of byte i of the half's `high`. Sub-blocks follow the
/// weights.
///
/// Source: ggml (https://github.com/ggml-org/ggml, src/ggml-common.h and src/ggml-quants.c, dequantize_row_q?_K).
struct BlockQ4_K {
  std::uint8_t d[2];
  std::uint8_t dmin[2];
  std::uint8_t scales[12];
  std::uint8_t nibbles[128];
};
struct BlockQ5_K {
  std::uint8_t d[2];
  std::uint8_t dmin[2];
  std::uint8_t scales[12];
  std::uint8_t high[32];
  std::uint8_t nibbles[128];
};
struct BlockQ6_K {
  std::uint8_t nibbles[128];
  std::uint8_t high[64];
  std::int8_t scales[16];
  std::uint8_t d[2];
};
static_assert(sizeof(BlockQ4_K) == 144 && alignof(BlockQ4_K) == 1);
static_assert(sizeof(BlockQ5_K) == 176 && alignof(BlockQ5_K) == 1);
static_assert(sizeof(BlockQ6_K) == 210 && alignof(BlockQ6_K) == 1);

}  // namespace qualm::quant
