#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "harness/execution_plan.h"

namespace qualm::harness {

/// Files on their way from the stage that writes them to the stage that executes them. Safe to use from many threads.
class PlanQueue {
 public:
  /// `expected` is how many files will come in all, for the progress line.
  explicit PlanQueue(std::size_t expected) : expected_(expected) {}

  void add(ExecutionFilePlan plan) {
    {
      const std::scoped_lock lock(mutex_);
      plans_.push_back(std::move(plan));
    }
    wake_.notify_one();
  }

  /// No more will come.
  void close() {
    {
      const std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
  }

  /// The next file, waiting for one; std::nullopt when there will be none or a stop is requested.
  [[nodiscard]] std::optional<ExecutionFilePlan> next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, stop, [this] { return closed_ || !plans_.empty(); });
    if (stop.stop_requested() || plans_.empty()) return std::nullopt;
    ExecutionFilePlan plan = std::move(plans_.front());
    plans_.pop_front();
    return plan;
  }

  [[nodiscard]] std::size_t expected() const { return expected_; }

 private:
  const std::size_t expected_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<ExecutionFilePlan> plans_;
  bool closed_ = false;
};

}  // namespace qualm::harness
