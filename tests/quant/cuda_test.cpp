// The CUDA decoders against the CPU's: equal in bits in float, rounded once in half. Exits with 77 (skipped) where
// there is no CUDA device.
#include "quant/cuda.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "quant/linear.h"
#include "tests/quant/random_tensor.h"

namespace quant = qualm::quant;
using namespace qualm::quant::test;

namespace {

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(cudaGetErrorString(error));
}

struct Free {
  void operator()(void* memory) const { static_cast<void>(cudaFree(memory)); }
};
using DeviceMemory = std::unique_ptr<void, Free>;

DeviceMemory allocate(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes));
  return DeviceMemory(memory);
}

// The number of values that differ from the CPU's.
int differences(quant::Type type, std::int64_t rows, std::int64_t columns) {
  const quant::PackedTensor tensor = random_tensor(type, rows, columns, 21);
  const auto values = static_cast<std::size_t>(rows * columns);
  const DeviceMemory packed = allocate(tensor.data.size());
  const DeviceMemory floats = allocate(values * sizeof(float));
  const DeviceMemory halves = allocate(values * sizeof(__half));
  check(cudaMemcpy(packed.get(), tensor.data.data(), tensor.data.size(), cudaMemcpyHostToDevice));
  quant::dequantize(type, packed.get(), rows, columns, static_cast<float*>(floats.get()), nullptr);
  quant::dequantize(type, packed.get(), rows, columns, static_cast<__half*>(halves.get()), nullptr);
  check(cudaDeviceSynchronize());
  std::vector<float> actual(values);
  std::vector<__half> rounded(values);
  check(cudaMemcpy(actual.data(), floats.get(), values * sizeof(float), cudaMemcpyDeviceToHost));
  check(cudaMemcpy(rounded.data(), halves.get(), values * sizeof(__half), cudaMemcpyDeviceToHost));

  int wrong = 0;
  std::vector<float> row(static_cast<std::size_t>(columns));
  for (std::int64_t r = 0; r < rows; ++r) {
    quant::decode_row(tensor, r, row);
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::size_t at = static_cast<std::size_t>(r * columns) + c;
      const __half expected = __float2half_rn(row[c]);
      if (std::memcmp(&actual[at], &row[c], sizeof(float)) != 0 ||
          std::memcmp(&rounded[at], &expected, sizeof expected) != 0) {
        if (wrong++ == 0) fmt::print("{} ({}, {}): {} for {}\n", quant::info(type).name, r, c, actual[at], row[c]);
      }
    }
  }
  return wrong;
}

}  // namespace

int main() {
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error != cudaSuccess || devices == 0) {
    fmt::print("SKIPPED: no CUDA device ({})\n", cudaGetErrorString(error));
    return 77;
  }
  int wrong = 0;
  for (const quant::Type type : all_types) {
    const std::int64_t block = quant::info(type).block_values;
    for (const std::int64_t rows : {1, 3, 257}) {
      for (const std::int64_t blocks : {1, 7, 19}) wrong += differences(type, rows, blocks * block);
    }
  }
  fmt::print("{} values differ\n", wrong);
  return wrong == 0 ? 0 : 1;
}
