#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "harness/execution_file.h"

namespace qualm::harness {

/// Saves files of results on a thread of its own: a worker that waits for the disk leaves its processor idle.
class Saver {
 public:
  /// `save` is called on that thread, for one file at a time, and must not throw.
  explicit Saver(std::function<void(ExecutionFile&)> save);
  /// Returns when everything requested is saved.
  ~Saver();
  Saver(const Saver&) = delete;
  Saver& operator=(const Saver&) = delete;

  /// Waits where many files are waiting already, so that memory stays bounded on a slow disk.
  void request(std::shared_ptr<ExecutionFile> file);

 private:
  static constexpr std::size_t kWaitingLimit = 64;
  void work();

  const std::function<void(ExecutionFile&)> save_;
  std::mutex mutex_;  // guards the two below
  std::deque<std::shared_ptr<ExecutionFile>> waiting_;
  bool closing_ = false;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace qualm::harness
