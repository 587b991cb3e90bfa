#pragma once

#include <cstdint>

namespace qualm::quant {

/// Blocks of 32 weights with one scale d, and in the _1 types one minimum m, both binary16. Numbers are little-endian
/// and unaligned. The low four bits of a weight's code q lie in `nibbles`: weight i < 16 in the low half of byte i,
/// weight i + 16 in its high half. A fifth bit is bit i of the 32-bit number `high` for weight i.
///
///   type   bits a weight   weight                 q
///   Q4_0   4.5             d * (q - 8)            4 bits
///   Q4_1   5.0             d * q + m              4 bits
///   Q5_0   5.5             d * (q - 16)           5 bits
///   Q5_1   6.0             d * q + m              5 bits
///   Q8_0   8.5             d * q                  a signed byte, weight i in byte i
///
/// Source: ggml (https://github.com/ggml-org/ggml, src/ggml-common.h and src/ggml-quants.c, dequantize_row_*).
struct BlockQ4_0 {
  std::uint8_t d[2];
  std::uint8_t nibbles[16];
};
struct BlockQ4_1 {
  std::uint8_t d[2];
  std::uint8_t m[2];
  std::uint8_t nibbles[16];
};
struct BlockQ5_0 {
  std::uint8_t d[2];
  std::uint8_t high[4];
  std::uint8_t nibbles[16];
};
struct BlockQ5_1 {
  std::uint8_t d[2];
  std::uint8_t m[2];
  std::uint8_t high[4];
  std::uint8_t nibbles[16];
};
struct BlockQ8_0 {
  std::uint8_t d[2];
  std::int8_t codes[32];
};
static_assert(sizeof(BlockQ4_0) == 18 && alignof(BlockQ4_0) == 1);
static_assert(sizeof(BlockQ4_1) == 20 && alignof(BlockQ4_1) == 1);
static_assert(sizeof(BlockQ5_0) == 22 && alignof(BlockQ5_0) == 1);
static_assert(sizeof(BlockQ5_1) == 24 && alignof(BlockQ5_1) == 1);
static_assert(sizeof(BlockQ8_0) == 34 && alignof(BlockQ8_0) == 1);

}  // namespace qualm::quant
