#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "harness/live_line.h"

namespace qualm::harness {

/// What a long run shows on standard error while it works: how many of how many, rate, passes, failures and time left.
/// Safe to use from many threads.
class Progress {
 public:
  /// `unit` is what is counted, in the plural: "completions". `before`, where given, is another stage's text that
  /// stands in front of the line.
  explicit Progress(std::string unit, std::function<std::string()> before = {});

  /// How many there are to count in all, as far as is known now.
  void expect(std::size_t total);
  void passed() { count(1, 0); }
  void failed() { count(0, 1); }
  /// Prints a whole line above the progress line.
  void say(const std::string& line) { live_.say(line); }

 private:
  void count(std::size_t passes, std::size_t failures);
  [[nodiscard]] std::string line() const;

  const std::string unit_;
  const std::function<std::string()> before_;
  const std::chrono::steady_clock::time_point start_;
  mutable std::mutex mutex_;
  std::size_t total_ = 0;
  std::size_t passes_ = 0;
  std::size_t failures_ = 0;
  LiveLine live_;  // last: its thread reads the others
};

}  // namespace qualm::harness
