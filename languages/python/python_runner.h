#pragma once

#include <memory>

#include "languages/language.h"

namespace qualm::languages::python {

/// Runs each program as `python3 FILE` in a jail of its own. Throws ToolchainError, sandbox::SandboxError.
[[nodiscard]] std::unique_ptr<Runner> make_plain_runner(const Settings& settings);

}  // namespace qualm::languages::python
