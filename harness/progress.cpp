#include "harness/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "harness/number_text.h"

namespace qualm::harness {
namespace {

constexpr const char* clear_line = "\r\x1b[K";

std::string bar(std::size_t done, std::size_t total) {
  constexpr std::size_t width = 24;
  const std::size_t filled = total == 0 ? width : width * std::min(done, total) / total;
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

}  // namespace

Progress::Progress(std::string unit)
    : unit_(std::move(unit)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      drawer_([this](const std::stop_token& ended) { draw_regularly(ended); }) {}

Progress::~Progress() {
  drawer_.request_stop();
  wake_.notify_all();
  drawer_.join();
  const std::scoped_lock lock(mutex_);
  if (total_ == 0) return;
  fmt::print(stderr, "{}{}\n", drawn_ ? clear_line : "", line());
}

void Progress::expect(std::size_t total) {
  const std::scoped_lock lock(mutex_);
  total_ = total;
}

void Progress::count(std::size_t passes, std::size_t failures) {
  const std::scoped_lock lock(mutex_);
  passes_ += passes;
  failures_ += failures;
}

void Progress::say(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  fmt::print(stderr, "{}{}\n", drawn_ ? clear_line : "", text);
  drawn_ = false;
}

void Progress::draw_regularly(const std::stop_token& ended) {
  using namespace std::chrono_literals;
  const auto interval = terminal_ ? 200ms : 10'000ms;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, ended, interval, [] { return false; }) && !ended.stop_requested()) {
    if (terminal_) {
      fmt::print(stderr, "{}{}", clear_line, line());
      std::fflush(stderr);
      drawn_ = true;
    } else {
      fmt::print(stderr, "{}\n", line());
    }
  }
}

std::string Progress::line() const {
  const std::size_t done = passes_ + failures_;
  const auto elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_);
  const double rate = elapsed.count() > 0 ? static_cast<double>(done) / elapsed.count() : 0.0;
  std::string text = fmt::format("{} {}/{} {}  {:.1f}/s  {} passed, {} failed", bar(done, total_), done, total_, unit_,
                                 rate, passes_, failures_);
  if (done > 0 && done < total_) {
    const auto left = std::chrono::seconds(static_cast<std::int64_t>(static_cast<double>(total_ - done) / rate) + 1);
    text += fmt::format("  {} left", duration_text(left));
  }
  return text;
}

}  // namespace qualm::harness
