#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "languages/java/own_classes.h"
#include "languages/java/toolchain.h"
#include "sandbox/temporary_folder.h"

namespace qualm::languages::java {

/// A run of class Problem.
struct LaunchedRun {
  sandbox::Outcome outcome;
  bool ran_to_its_end = false;  ///< main returned, with assertions on; see launcher.c
};

/// Which options a program's JVM gets.
enum class JvmOptions {
  plain,  ///< those of run_command
  quick,  ///< and a small heap at first, one compiler only, and classes from an archive where it is ready: for short
          ///< runs
};

/// Starts JVMs by a launcher of Qualm's that makes a mark when the program's main has returned. Each run has a JVM of
/// its own. Safe to use from many threads.
class Launch {
 public:
  Launch(const Jdk& jdk, const sandbox::Jail& jail, const sandbox::Limits& limits);
  ~Launch();
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  /// Begins to make the archive for JvmOptions::quick in the background, of the classes that a typical program loads.
  void begin_archive(OwnClasses typical_program);
  /// Why there is no archive though it was begun; empty where there is one, or not yet.
  [[nodiscard]] std::string why_no_archive() const;

  /// Throws SandboxError, Cancelled.
  [[nodiscard]] LaunchedRun run(std::vector<sandbox::File> classes, JvmOptions options,
                                const std::stop_token& stop) const;

 private:
  void make_archive(OwnClasses typical_program, const std::stop_token& stop);

  const Jdk& jdk_;
  const sandbox::Jail& jail_;
  sandbox::Limits limits_;
  sandbox::TemporaryFolder folder_;  ///< of the host: the launcher and the archive
  std::atomic<bool> archive_ready_ = false;
  mutable std::mutex mutex_;
  std::string why_no_archive_;  // guarded by mutex_
  std::jthread archive_maker_;  // last: ends before the rest
};

}  // namespace qualm::languages::java
