#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qualm::generators {

/// A CUDA device as its driver describes it.
struct CudaDevice {
  std::string name;
  int capability_major = 0;
  int capability_minor = 0;
  std::uint64_t memory_bytes = 0;
};

struct CudaDevices {
  std::vector<CudaDevice> devices;
  std::string absence;  ///< why there are none; empty where there are
};

/// The devices that CUDA's driver shows to this process (CUDA_VISIBLE_DEVICES counts). The driver is opened on demand,
/// so that any build can ask; nothing is allocated on a device.
[[nodiscard]] CudaDevices find_cuda_devices();

}  // namespace qualm::generators
