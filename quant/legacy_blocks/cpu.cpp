#include <array>

#include "quant/legacy_blocks/decode.h"
#include "quant/portable_kernels.h"

namespace qualm::quant {

std::span<const TypeEntry> legacy_block_types() {
  static constexpr std::array entries = {
      make_entry<Q4_0>("Q4_0"), make_entry<Q4_1>("Q4_1"), make_entry<Q5_0>("Q5_0"),
      make_entry<Q5_1>("Q5_1"), make_entry<Q8_0>("Q8_0"),
  };
  return entries;
}

}  // namespace qualm::quant
