#include "generators/local/checkpoint/pytorch.h"

#include <dlfcn.h>

#include <array>
#include <exception>
#include <stdexcept>
#include <system_error>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/mapped_file.h"
#include "generators/local/checkpoint/printable.h"
#include "generators/local/checkpoint/torch/module.h"

namespace qualm::generators::local {
namespace {

using std::filesystem::path;

/// The folder of the program or module that this code is in.
path own_folder() {
  Dl_info info{};
  std::error_code error;
  if (::dladdr(reinterpret_cast<const void*>(&own_folder), &info) != 0 && info.dli_fname != nullptr) {
    const path own = std::filesystem::canonical(info.dli_fname, error);
    if (!error) return own.parent_path();
  }
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

QualmReadPytorch open_module() {
  constexpr const char* name = "libqualm_torch.so";
  const path folder = own_folder();
  for (const path& place : {folder / name, folder / ".." / "lib" / name}) {
    std::error_code error;
    if (!std::filesystem::exists(place, error)) continue;
    // Stays open until the program ends: libtorch cannot be unloaded.
    void* const module = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) throw std::runtime_error(fmt::format("{} cannot be opened: {}", place.string(), ::dlerror()));
    void* const function = ::dlsym(module, qualm_read_pytorch_name);
    if (function == nullptr) throw std::runtime_error(fmt::format("{} has no {}", place.string(), qualm_read_pytorch_name));
    return reinterpret_cast<QualmReadPytorch>(function);
  }
  throw std::runtime_error(fmt::format(
      "PyTorch .bin files need {}, which is not in {} or its ../lib: build with libtorch (tools/install_dependencies.sh --full), "
      "or convert the model to safetensors",
      name, folder.string()));
}

struct Collected {
  StoredTensors tensors;
  std::exception_ptr failure;
};

void collect(void* context, const QualmTorchTensor* tensor) {
  auto& collected = *static_cast<Collected*>(context);
  try {
    StoredTensor stored;
    stored.owner = std::shared_ptr<const void>(tensor->owner, tensor->release);
    stored.type = tensor->type;
    stored.shape.assign(tensor->shape, tensor->shape + tensor->dimensions);
    stored.data = {static_cast<const std::byte*>(tensor->data), tensor->bytes};
    collected.tensors.emplace(tensor->name, std::move(stored));
  } catch (...) {
    collected.failure = std::current_exception();
  }
}

}  // namespace

StoredTensors read_pytorch(const path& file) {
  // Only its errors count: libtorch's messages for a missing or empty file do not say so.
  (void)MappedFile::open(file);
  const QualmReadPytorch read = open_module();
  Collected collected;
  std::array<char, 512> reason{};
  if (read(file.c_str(), &collect, &collected, reason.data(), reason.size()) != 0)
    throw CheckpointError(file, fmt::format("libtorch cannot read it: {}", reason.data()));
  if (collected.failure) std::rethrow_exception(collected.failure);
  return std::move(collected.tensors);
}

}  // namespace qualm::generators::local
