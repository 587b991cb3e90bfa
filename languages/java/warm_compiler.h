#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "languages/java/own_classes.h"
#include "languages/java/toolchain.h"
#include "sandbox/service.h"

namespace qualm::languages::java {

/// What a warm compiler says of one program.
struct WarmCompilation {
  bool compiled = false;
  std::string output;                  ///< javac's, where it did not compile
  std::vector<sandbox::File> classes;  ///< by name; names and sizes are checked
  std::chrono::microseconds cpu{0};    ///< as the server says, within what the wall time allows
  std::chrono::microseconds wall{0};
};

/// Compilers that are started once, a caller at a time each (CompileServer.java). Safe to use from many threads.
class WarmCompiler {
 public:
  /// `classes` hold the server. It is started by the first program.
  WarmCompiler(const Jdk& jdk, const sandbox::Jail& jail, const sandbox::Limits& limits, OwnClasses classes);

  /// std::nullopt where plain javac has to decide: the server ended, ran out of time, crashed, or said what cannot be,
  /// and for texts that are not valid UTF-8. Throws SandboxError, Cancelled.
  [[nodiscard]] std::optional<WarmCompilation> compile(const std::string& program, const std::stop_token& stop);

 private:
  [[nodiscard]] std::unique_ptr<sandbox::Service> take();

  const sandbox::Jail& jail_;
  sandbox::Limits limits_;
  sandbox::Command command_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<sandbox::Service>> idle_;  // guarded by mutex_
};

}  // namespace qualm::languages::java
