#include <array>

#include "quant/float/decode.h"
#include "quant/portable_kernels.h"

namespace qualm::quant {

std::span<const TypeEntry> float_types() {
  static constexpr std::array entries = {
      make_entry<F32>("F32"),
      make_entry<F16>("F16"),
      make_entry<BF16>("BF16"),
  };
  return entries;
}

}  // namespace qualm::quant
