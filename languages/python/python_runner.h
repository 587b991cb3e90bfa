#pragma once

#include <memory>

#include "languages/language.h"

namespace qualm::languages::python {

/// Runs each program in a jail of its own: as `python3 FILE` (RunnerKind::plain), or in a clone of an interpreter that
/// is started already, with the same verdict. Throws ToolchainError, sandbox::SandboxError.
[[nodiscard]] std::unique_ptr<Runner> make_runner(const Settings& settings);

}  // namespace qualm::languages::python
