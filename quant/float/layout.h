#pragma once

#include <cstdint>

namespace qualm::quant {

/// Unquantized weights, one a block, little-endian:
///   F32   IEEE 754 binary32, 32 bits a weight
///   F16   IEEE 754 binary16, 16 bits a weight
///   BF16  the upper 16 bits of a binary32
/// Source: safetensors (dtypes F32, F16, BF16) and GGUF (types 0, 1, 30) store them alike.
struct BlockF32 {
  std::uint8_t bits[4];
};
struct BlockF16 {
  std::uint8_t bits[2];
};
struct BlockBF16 {
  std::uint8_t bits[2];
};
static_assert(sizeof(BlockF32) == 4 && alignof(BlockF32) == 1);
static_assert(sizeof(BlockF16) == 2 && alignof(BlockF16) == 1);
static_assert(sizeof(BlockBF16) == 2 && alignof(BlockBF16) == 1);

}  // namespace qualm::quant
