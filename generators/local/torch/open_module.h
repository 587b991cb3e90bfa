#pragma once

#include <string_view>

namespace qualm::generators::local {

/// The function `name` of libqualm_torch.so, the module that holds all that uses libtorch, which is opened by the first
/// call. Where this build has no such module, or it cannot be opened, throws std::runtime_error that says what it is
/// for
/// ("CUDA devices need ...") and what helps besides a build with libtorch.
[[nodiscard]] void* torch_module_function(const char* name, std::string_view purpose, std::string_view otherwise);

/// Whether this build has the module; does not open it.
[[nodiscard]] bool has_torch_module();

}  // namespace qualm::generators::local
