#include "harness/live_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <utility>

namespace qualm::harness {
namespace {

constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

LiveLine::LiveLine(std::function<std::string()> text)
    : text_(std::move(text)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      drawer_([this](const std::stop_token& ended) { draw_regularly(ended); }) {}

LiveLine::~LiveLine() {
  drawer_.request_stop();
  wake_.notify_all();
  drawer_.join();
  const std::string line = text_();
  if (!line.empty()) fmt::print(stderr, "{}{}\n", drawn_ ? clear_line : "", line);
}

void LiveLine::say(const std::string& line) {
  const std::scoped_lock lock(mutex_);
  fmt::print(stderr, "{}{}\n", drawn_ ? clear_line : "", line);
  drawn_ = false;
}

void LiveLine::draw_regularly(const std::stop_token& ended) {
  using namespace std::chrono_literals;
  const auto interval = terminal_ ? 200ms : 10'000ms;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, ended, interval, [] { return false; }) && !ended.stop_requested()) {
    const std::string line = text_();
    if (line.empty()) continue;
    if (terminal_) {
      fmt::print(stderr, "{}{}", clear_line, line);
      std::fflush(stderr);
      drawn_ = true;
    } else {
      fmt::print(stderr, "{}\n", line);
    }
  }
}

}  // namespace qualm::harness
