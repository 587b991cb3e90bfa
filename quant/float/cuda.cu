#include <array>

#include "quant/cuda_kernels.cuh"
#include "quant/float/decode.h"

namespace qualm::quant {

std::span<const CudaEntry> float_cuda_types() {
  static constexpr std::array<CudaEntry, 3> entries = {
      make_cuda_entry<F32>(),
      make_cuda_entry<F16>(),
      make_cuda_entry<BF16>(),
  };
  return entries;
}

}  // namespace qualm::quant
