#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include "generators/local/torch/cuda_device.h"
#include "generators/local/torch/torch_operations.h"

namespace qualm::generators::local {
namespace {

// libtorch registers its CUDA operations when this library is opened, which is found beside libtorch_cpu.so by this
// module's run path. The module does not link it, so that libtorch's CPU serves where CUDA's libraries are not.
void load_cuda_libraries() {
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) == nullptr)
    throw std::runtime_error(std::string("libtorch's CUDA part cannot be opened: ") + ::dlerror() +
                             "; this needs a libtorch of CUDA flavour with its libraries "
                             "(tools/install_dependencies.sh --full), or give --device cpu");
}

}  // namespace
}  // namespace qualm::generators::local

extern "C" __attribute__((visibility("default"))) qualm::generators::local::Operations* qualm_open_torch_operations(
    const qualm::generators::local::TorchSettings& settings) {
  using namespace qualm::generators::local;
  if (settings.cuda) {
    static_cast<void>(cuda_facts(settings.index));  // a driver that is too old is said here, in CUDA's words
    load_cuda_libraries();
  }
  return new TorchOperations(settings);
}
