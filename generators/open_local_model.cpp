#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include "generators/local_model.h"
#include "generators/model_summary.h"

namespace qualm::generators {
namespace {

constexpr const char* kModule = "libqualm_local.so";

std::filesystem::path module_path() {
  const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  for (const auto& path : std::array{folder / kModule, folder.parent_path() / "lib" / kModule})
    if (std::filesystem::exists(path)) return path;
  throw std::runtime_error(fmt::format(
      "this build has no local models: {} is neither in {} nor in {}; configure the full build (cmake --preset full)",
      kModule, folder.string(), (folder.parent_path() / "lib").string()));
}

/// A function of the module by its name.
template <typename Function>
Function* find_in_module(const char* name) {
  const std::filesystem::path path = module_path();
  // Never closed: models and exceptions whose code is in the module may live until the process ends.
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (module == nullptr) throw std::runtime_error(fmt::format("{}: cannot be opened: {}", path.string(), dlerror()));
  void* symbol = dlsym(module, name);
  if (symbol == nullptr)
    throw std::runtime_error(fmt::format("{}: is not Qualm's module of local models: {}", path.string(), dlerror()));
  return reinterpret_cast<Function*>(symbol);
}

}  // namespace

std::unique_ptr<LocalModel> open_local_model(const LocalModelOptions& options) {
  const auto open = find_in_module<LocalModel*(const LocalModelOptions&)>("qualm_open_local_model");
  return std::unique_ptr<LocalModel>(open(options));
}

std::unique_ptr<local::Tokenizer> open_tokenizer(const std::filesystem::path& model) {
  const auto open = find_in_module<local::Tokenizer*(const std::filesystem::path&)>("qualm_open_tokenizer");
  return std::unique_ptr<local::Tokenizer>(open(model));
}

ModelSummary inspect_local_model(const std::filesystem::path& model) {
  const auto inspect = find_in_module<ModelSummary*(const std::filesystem::path&)>("qualm_inspect_local_model");
  const std::unique_ptr<ModelSummary> summary(inspect(model));
  return *summary;
}

std::vector<DeviceReport> local_devices() {
  const auto report = find_in_module<std::vector<DeviceReport>*()>("qualm_local_devices");
  return std::move(*std::unique_ptr<std::vector<DeviceReport>>(report()));
}

}  // namespace qualm::generators
