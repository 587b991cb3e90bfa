#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace qualm::sandbox {

/// A layer of the sandbox that cannot be had on this machine, or a fault of the harness's own while a jail is made.
/// Never a verdict about the program. The message says which layer, why, and the remedy.
class SandboxError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A run that was stopped because its caller asked for it: no process of it is left, and there is no verdict.
class Cancelled : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the run was cancelled"; }
};

}  // namespace qualm::sandbox
