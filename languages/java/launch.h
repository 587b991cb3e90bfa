#pragma once

#include <atomic>
#include <filesystem>
#include <stop_token>
#include <thread>
#include <vector>

#include "languages/java/toolchain.h"

namespace qualm::languages::java {

/// A run of class Problem.
struct LaunchedRun {
  sandbox::Outcome outcome;
  bool ran_to_its_end = false;  ///< main returned, with assertions on; see launcher.c
};

/// Which options a program's JVM gets.
enum class JvmOptions {
  plain,  ///< those of run_command
  quick,  ///< and one compiler only, and classes from an archive where it is ready: for short runs
};

/// Starts JVMs by a launcher of Qualm's that makes a mark when the program's main has returned. Each run has a JVM of
/// its own. Safe to use from many threads.
class Launch {
 public:
  /// Begins to make the archive in the background.
  Launch(const Jdk& jdk, const sandbox::Jail& jail, const sandbox::Limits& limits);
  ~Launch();
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  /// Throws SandboxError, Cancelled.
  [[nodiscard]] LaunchedRun run(std::vector<sandbox::File> classes, JvmOptions options, const std::stop_token& stop) const;

 private:
  void make_archive(const std::stop_token& stop);

  const Jdk& jdk_;
  const sandbox::Jail& jail_;
  sandbox::Limits limits_;
  std::filesystem::path folder_;  ///< of the host: the launcher and the archive, removed with this object
  std::atomic<bool> archive_ready_ = false;
  std::jthread archive_maker_;  // last: ends before the rest
};

}  // namespace qualm::languages::java
