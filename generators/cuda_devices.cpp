#include "generators/cuda_devices.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace qualm::generators {
namespace {

constexpr const char* driver_library = "libcuda.so.1";

// Attributes of CUdevice_attribute in CUDA's driver interface, which never change their numbers.
constexpr int capability_major_attribute = 75;
constexpr int capability_minor_attribute = 76;

/// The functions of CUDA's driver interface that are used here; each returns 0 where it succeeds.
class Driver {
 public:
  explicit Driver(void* library) : library_(library) {}

  template <typename... Arguments>
  void call(const char* name, Arguments... arguments) const {
    void* const symbol = ::dlsym(library_, name);
    if (symbol == nullptr) throw std::runtime_error(fmt::format("{} has no {}", driver_library, name));
    const int error = reinterpret_cast<int (*)(Arguments...)>(symbol)(arguments...);
    if (error != 0) throw std::runtime_error(fmt::format("{} of {} failed: {}", name, driver_library, reason(error)));
  }

 private:
  [[nodiscard]] std::string reason(int error) const {
    const char* text = nullptr;
    void* const symbol = ::dlsym(library_, "cuGetErrorString");
    if (symbol != nullptr) reinterpret_cast<int (*)(int, const char**)>(symbol)(error, &text);
    return text != nullptr ? fmt::format("{} (error {})", text, error) : fmt::format("error {}", error);
  }

  void* library_;
};

CudaDevice describe(const Driver& driver, int index) {
  int device = 0;
  driver.call("cuDeviceGet", &device, index);
  CudaDevice found;
  std::array<char, 256> name{};
  driver.call("cuDeviceGetName", name.data(), static_cast<int>(name.size()) - 1, device);
  found.name = name.data();
  driver.call("cuDeviceGetAttribute", &found.capability_major, capability_major_attribute, device);
  driver.call("cuDeviceGetAttribute", &found.capability_minor, capability_minor_attribute, device);
  std::size_t bytes = 0;
  driver.call("cuDeviceTotalMem_v2", &bytes, device);
  found.memory_bytes = bytes;
  return found;
}

}  // namespace

CudaDevices find_cuda_devices() {
  // Never closed: CUDA's driver cannot be unloaded.
  void* const library = ::dlopen(driver_library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return {.devices = {}, .absence = fmt::format("no CUDA driver: {}", ::dlerror())};
  CudaDevices found;
  try {
    const Driver driver(library);
    driver.call("cuInit", 0U);
    int count = 0;
    driver.call("cuDeviceGetCount", &count);
    for (int index = 0; index < count; ++index) found.devices.push_back(describe(driver, index));
    if (count == 0) found.absence = "the CUDA driver shows no device";
  } catch (const std::runtime_error& error) {
    return {.devices = {}, .absence = error.what()};
  }
  return found;
}

}  // namespace qualm::generators
