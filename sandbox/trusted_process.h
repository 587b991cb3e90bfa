#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace qualm::sandbox {

struct TrustedOutput {
  int exit_code = 0;  ///< -S where signal S ended it; -1 where it ran out of time
  std::string standard_output;
  std::string standard_error;
};

/// Runs a tool of the user's own machine outside every jail, with the harness's environment: to ask an interpreter
/// where its files are, before there is anything to confine. Never for anything that comes from a model. `arguments[0]`
/// is a path. Throws SandboxError when it cannot be started.
[[nodiscard]] TrustedOutput run_trusted(const std::vector<std::string>& arguments,
                                        std::chrono::milliseconds time_limit = std::chrono::seconds(60));

}  // namespace qualm::sandbox
