#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace qualm::harness {

/// One line about a long run on standard error: redrawn on a terminal, printed every ten seconds elsewhere. Safe to use
/// from many threads.
class LiveLine {
 public:
  /// `text` gives the line as it stands; an empty one is not drawn. It is called from another thread until the
  /// destructor, which prints the last one.
  explicit LiveLine(std::function<std::string()> text);
  ~LiveLine();
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  /// Prints a whole line above it.
  void say(const std::string& line);

 private:
  void draw_regularly(const std::stop_token& ended);

  const std::function<std::string()> text_;
  const bool terminal_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool drawn_ = false;
  std::jthread drawer_;
};

}  // namespace qualm::harness
