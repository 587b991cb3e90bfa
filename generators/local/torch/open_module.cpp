#include "generators/local/torch/open_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace qualm::generators::local {
namespace {

using std::filesystem::path;

constexpr const char* module_name = "libqualm_torch.so";

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

std::optional<path> find_module() {
  const path folder = own_folder();
  for (const path& place : {folder / module_name, folder / ".." / "lib" / module_name}) {
    std::error_code error;
    if (std::filesystem::exists(place, error)) return place;
  }
  return std::nullopt;
}

}  // namespace

bool has_torch_module() { return find_module().has_value(); }

void* torch_module_function(const char* name, std::string_view purpose, std::string_view otherwise) {
  const std::optional<path> place = find_module();
  if (!place)
    throw std::runtime_error(
        fmt::format("{} need {}, which is not in {} or its ../lib: build with libtorch (tools/install_dependencies.sh "
                    "--full), or {}",
                    purpose, module_name, own_folder().string(), otherwise));
  // Stays open until the program ends: libtorch cannot be unloaded.
  void* const module = ::dlopen(place->c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (module == nullptr) throw std::runtime_error(fmt::format("{} cannot be opened: {}", place->string(), ::dlerror()));
  void* const function = ::dlsym(module, name);
  if (function == nullptr) throw std::runtime_error(fmt::format("{} has no {}", place->string(), name));
  return function;
}

}  // namespace qualm::generators::local
