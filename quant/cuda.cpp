#include "quant/cuda.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <type_traits>

#include "quant/cuda_registry.h"

namespace qualm::quant {
namespace {

using Family = std::span<const CudaEntry> (*)();

constexpr std::array<Family, 3> families = {
    float_cuda_types,
    legacy_block_cuda_types,
    k_block_cuda_types,
};

const CudaEntry& cuda_entry(Type type) {
  for (const Family family : families) {
    for (const CudaEntry& candidate : family()) {
      if (candidate.type == type) return candidate;
    }
  }
  throw std::invalid_argument(fmt::format("{} has no CUDA kernels", info(type).name));
}

template <typename Out>
void launch(Type type, const void* packed, std::int64_t rows, std::int64_t columns, Out* out, cudaStream_t stream) {
  const CudaEntry& kernels = cuda_entry(type);
  static_cast<void>(row_bytes(type, columns));  // a whole number of blocks
  std::int64_t values = 0;
  if (rows < 0 || __builtin_mul_overflow(rows, columns, &values)) {
    throw std::invalid_argument(fmt::format("a matrix of {} x {} weights has no size", rows, columns));
  }
  if (values == 0) return;
  if constexpr (std::is_same_v<Out, float>) {
    kernels.to_float(packed, values, out, stream);
  } else {
    kernels.to_half(packed, values, out, stream);
  }
  const cudaError_t error = cudaGetLastError();
  if (error != cudaSuccess) {
    throw std::runtime_error(fmt::format("CUDA could not decode {} x {} {} weights: {}", rows, columns, info(type).name,
                                         cudaGetErrorString(error)));
  }
}

}  // namespace

void dequantize(Type type, const void* packed, std::int64_t rows, std::int64_t columns, float* out,
                cudaStream_t stream) {
  launch(type, packed, rows, columns, out, stream);
}

void dequantize(Type type, const void* packed, std::int64_t rows, std::int64_t columns, __half* out,
                cudaStream_t stream) {
  launch(type, packed, rows, columns, out, stream);
}

}  // namespace qualm::quant
