#pragma once

#include "quant/float/layout.h"
#include "quant/half.h"
#include "quant/type.h"

namespace qualm::quant {

struct F32 {
  using Block = BlockF32;
  static constexpr Type type = Type::f32;
  static constexpr int block_values = 1;
  static QUALM_HOST_DEVICE float decode(const Block& block, int) { return float_of_bits(load_u32(block.bits)); }
};

struct F16 {
  using Block = BlockF16;
  static constexpr Type type = Type::f16;
  static constexpr int block_values = 1;
  static QUALM_HOST_DEVICE float decode(const Block& block, int) { return load_f16(block.bits); }
};

struct BF16 {
  using Block = BlockBF16;
  static constexpr Type type = Type::bf16;
  static constexpr int block_values = 1;
  static QUALM_HOST_DEVICE float decode(const Block& block, int) { return load_bf16(block.bits); }
};

}  // namespace qualm::quant
