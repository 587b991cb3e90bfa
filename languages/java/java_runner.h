#pragma once

#include <memory>

#include "languages/language.h"

namespace qualm::languages::java {

/// Compiles each program with javac and runs it with `java -ea`, each in a jail of its own. Throws ToolchainError,
/// sandbox::SandboxError.
[[nodiscard]] std::unique_ptr<Runner> make_plain_runner(const Settings& settings);

}  // namespace qualm::languages::java
