#include <array>

#include "quant/k_blocks/decode.h"
#include "quant/portable_kernels.h"

namespace qualm::quant {

std::span<const TypeEntry> k_block_types() {
  static constexpr std::array entries = {
      make_entry<Q4_K>("Q4_K"),
      make_entry<Q5_K>("Q5_K"),
      make_entry<Q6_K>("Q6_K"),
  };
  return entries;
}

}  // namespace qualm::quant
