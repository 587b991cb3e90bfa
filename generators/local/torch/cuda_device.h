#pragma once

#include <cstdint>
#include <string>

#include "quant/type.h"

namespace qualm::generators::local {

/// What CUDA says of a device.
struct CudaFacts {
  std::string name;
  std::string compute_capability;  ///< "9.0"
  std::string runtime_version;     ///< "13.0"
  std::string driver_version;      ///< the newest CUDA that the driver knows
};

/// All throw std::runtime_error with CUDA's words, or saying that this build has no CUDA kernels.
[[nodiscard]] CudaFacts cuda_facts(int index);
[[nodiscard]] std::uint64_t cuda_free_bytes(int index);
/// Decodes packed weights (rows, columns) on device `index`; the work is queued on its default stream, which is
/// libtorch's too. Pointers are of that device.
void decode_on_cuda(int index, quant::Type type, const void* packed, std::int64_t rows, std::int64_t columns,
                    float* out);

}  // namespace qualm::generators::local
