#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime_api.h>

#include <cstdint>
#include <span>

#include "quant/type.h"

namespace qualm::quant {

/// Launches the decoding of `values` weights that lie in consecutive blocks.
template <typename Out>
using CudaDecode = void (*)(const void* packed, std::int64_t values, Out* out, cudaStream_t stream);

struct CudaEntry {
  Type type;
  CudaDecode<float> to_float;
  CudaDecode<__half> to_half;
};

/// One function a family, in the family's cuda.cu; cuda.cpp lists them.
[[nodiscard]] std::span<const CudaEntry> float_cuda_types();
[[nodiscard]] std::span<const CudaEntry> legacy_block_cuda_types();
[[nodiscard]] std::span<const CudaEntry> k_block_cuda_types();

}  // namespace qualm::quant
