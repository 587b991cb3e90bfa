#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace qualm::harness {

/// What a long run shows on standard error while it works: one line redrawn on a terminal, a line every ten seconds
/// elsewhere. Safe to use from many threads.
class Progress {
 public:
  /// `unit` is what is counted, in the plural: "completions".
  explicit Progress(std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// How many there are to count in all, as far as is known now.
  void expect(std::size_t total);
  void passed() { count(1, 0); }
  void failed() { count(0, 1); }
  /// Prints a whole line above the progress line.
  void say(const std::string& line);

 private:
  void count(std::size_t passes, std::size_t failures);
  void draw_regularly(const std::stop_token& ended);
  [[nodiscard]] std::string line() const;

  const std::string unit_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::size_t total_ = 0;
  std::size_t passes_ = 0;
  std::size_t failures_ = 0;
  bool drawn_ = false;
  std::jthread drawer_;
};

}  // namespace qualm::harness
