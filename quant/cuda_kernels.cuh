#pragma once

#include "quant/cuda_registry.h"
#include "quant/decode_strided.h"

namespace qualm::quant {

__device__ inline void put(float value, float* out) { *out = value; }
__device__ inline void put(float value, __half* out) { *out = __float2half_rn(value); }

/// Neighbouring threads decode neighbouring weights, by the same decode() as on the CPU.
template <class Format, typename Out>
__global__ void decode_blocks(const typename Format::Block* blocks, std::int64_t values, Out* out) {
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  decode_strided<Format>(blocks, values, first, stride, [out](std::int64_t i, float value) { put(value, out + i); });
}

template <class Format, typename Out>
void launch_decode(const void* packed, std::int64_t values, Out* out, cudaStream_t stream) {
  constexpr std::int64_t threads = 256;
  constexpr std::int64_t most_blocks = 65535;
  const std::int64_t wanted = (values + threads - 1) / threads;
  const auto blocks = static_cast<unsigned>(wanted < most_blocks ? wanted : most_blocks);
  decode_blocks<Format><<<blocks, static_cast<unsigned>(threads), 0, stream>>>(
      static_cast<const typename Format::Block*>(packed), values, out);
}

template <class Format>
[[nodiscard]] constexpr CudaEntry make_cuda_entry() {
  return {Format::type, launch_decode<Format, float>, launch_decode<Format, __half>};
}

}  // namespace qualm::quant
