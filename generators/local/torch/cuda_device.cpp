#include "generators/local/torch/cuda_device.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <stdexcept>

#include "quant/cuda.h"

namespace qualm::generators::local {
namespace {

void check(cudaError_t error, const char* what, int index) {
  if (error != cudaSuccess)
    throw std::runtime_error(fmt::format("cuda:{}: {}: {}", index, what, cudaGetErrorString(error)));
}

// CUDA writes 13.0 as 13000.
std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

}  // namespace

CudaFacts cuda_facts(int index) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, index), "the device cannot be described", index);
  int runtime = 0, driver = 0;
  check(cudaRuntimeGetVersion(&runtime), "CUDA's version cannot be read", index);
  check(cudaDriverGetVersion(&driver), "the driver's version cannot be read", index);
  return {.name = properties.name,
          .compute_capability = fmt::format("{}.{}", properties.major, properties.minor),
          .runtime_version = version_text(runtime),
          .driver_version = version_text(driver)};
}

std::uint64_t cuda_free_bytes(int index) {
  check(cudaSetDevice(index), "the device cannot be used", index);
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "its free memory cannot be read", index);
  return free;
}

void decode_on_cuda(int index, quant::Type type, const void* packed, std::int64_t rows, std::int64_t columns,
                    float* out) {
  // This module's CUDA runtime and libtorch's are two in one process; both work in the device's primary context, where
  // the default stream is the same.
  check(cudaSetDevice(index), "the device cannot be used", index);
  quant::dequantize(type, packed, rows, columns, out, nullptr);
}

}  // namespace qualm::generators::local
