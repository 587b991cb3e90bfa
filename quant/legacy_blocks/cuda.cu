#include <array>

#include "quant/cuda_kernels.cuh"
#include "quant/legacy_blocks/decode.h"

namespace qualm::quant {

std::span<const CudaEntry> legacy_block_cuda_types() {
  static constexpr std::array<CudaEntry, 5> entries = {
      make_cuda_entry<Q4_0>(), make_cuda_entry<Q4_1>(), make_cuda_entry<Q5_0>(),
      make_cuda_entry<Q5_1>(), make_cuda_entry<Q8_0>(),
  };
  return entries;
}

}  // namespace qualm::quant
