#include <array>

#include "quant/cuda_kernels.cuh"
#include "quant/k_blocks/decode.h"

namespace qualm::quant {

std::span<const CudaEntry> k_block_cuda_types() {
  static constexpr std::array<CudaEntry, 3> entries = {
      make_cuda_entry<Q4_K>(),
      make_cuda_entry<Q5_K>(),
      make_cuda_entry<Q6_K>(),
  };
  return entries;
}

}  // namespace qualm::quant
