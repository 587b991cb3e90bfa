#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/jail.h"

namespace qualm::languages::python {

/// A Python 3 of this machine, as it says of itself.
struct Interpreter {
  std::filesystem::path executable;
  std::string version;                         ///< "3.11.2"
  std::vector<std::filesystem::path> visible;  ///< what a program of it has to see
};

/// Asks the interpreter that `tool` names (a path, or a name looked up in PATH). Throws ToolchainError.
[[nodiscard]] Interpreter inspect_interpreter(const std::filesystem::path& tool);

/// `python3 FILE` in a jail, FILE holding `program`.
[[nodiscard]] sandbox::Command command_for(const Interpreter& interpreter, const std::string& program);

}  // namespace qualm::languages::python
