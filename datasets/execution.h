#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace qualm::datasets {

/// What MultiPL-E's results files say of one completion.
struct ExecutionResult {
  std::string program;
  std::int64_t timestamp = 0;   ///< seconds since the epoch
  std::string standard_output;  ///< at most 2048 characters, valid UTF-8
  std::string standard_error;
  int exit_code = 0;
  std::string status;  ///< "OK", "Exception", "SyntaxError" or "Timeout"; other tools' words are kept

  /// MultiPL-E's rule: status OK and exit code 0.
  [[nodiscard]] bool passed() const { return status == "OK" && exit_code == 0; }
};

/// What the sidecar NAME.execution.qualm adds for one completion.
struct ExecutionMeasures {
  std::string cause;         ///< "exited", "signaled", "wall timeout", "cpu timeout", "memory", "compile error", ...
  bool suspect = false;      ///< passed without evidence that its tests ran
  bool native_code = false;  ///< a pass that could call native code of its own choice (ctypes)
  std::chrono::microseconds cpu{0};  ///< whole tree, compiler included
  std::chrono::microseconds wall{0};
  std::chrono::microseconds waited{0};  ///< ready to run without a processor, at a timeout; not in the sidecar
  std::uint64_t peak_memory_bytes = 0;
  std::string runner;                      ///< "plain", ...
  bool run_again = false;                  ///< a first verdict depended on load and was replaced
  std::vector<std::string> refused_calls;  ///< system calls the sandbox does not list
};

/// One completion's execution: MultiPL-E's fields and the measures.
struct Execution {
  ExecutionResult result;
  ExecutionMeasures measures;
};

}  // namespace qualm::datasets
