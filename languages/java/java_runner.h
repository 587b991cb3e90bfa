#pragma once

#include <memory>

#include "languages/language.h"

namespace qualm::languages::java {

/// Compiles and runs each program, the run in a JVM and a jail of its own. RunnerKind::plain starts javac and `java
/// -ea`; RunnerKind::fast asks a warm javac, starts the JVM with quicker options, and leaves to the plain way what may
/// have come from either. Throws ToolchainError, sandbox::SandboxError.
[[nodiscard]] std::unique_ptr<Runner> make_runner(const Settings& settings);

}  // namespace qualm::languages::java
