#pragma once

#include <cstdint>

#include "generators/local/operations.h"

namespace qualm::generators::local {

/// What libtorch computes on, and how much memory it may take beside weights and cache.
struct TorchSettings {
  bool cuda = false;  ///< else libtorch's CPU
  int index = 0;      ///< of the CUDA device
  int threads = 1;    ///< of the CPU
  std::int64_t scratch_floats = std::int64_t{1}
                                << 26;  ///< of decoded weights, and of keys and values gathered together
};

/// Opens a device through libtorch; the caller owns what it returns. Throws std::runtime_error where the device, its
/// driver or libtorch's CUDA libraries are not there. The module and its caller are of one build.
using QualmOpenTorchOperations = Operations* (*)(const TorchSettings& settings);

/// The name under which libqualm_torch.so exports its QualmOpenTorchOperations.
inline constexpr const char* qualm_open_torch_operations_name = "qualm_open_torch_operations";

}  // namespace qualm::generators::local
