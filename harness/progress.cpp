#include "harness/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/number_text.h"

namespace qualm::harness {
namespace {

std::string bar(std::size_t done, std::size_t total) {
  constexpr std::size_t width = 24;
  const std::size_t filled = total == 0 ? width : width * std::min(done, total) / total;
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

}  // namespace

Progress::Progress(std::string unit, std::function<std::string()> before)
    : unit_(std::move(unit)),
      before_(std::move(before)),
      start_(std::chrono::steady_clock::now()),
      live_([this] { return line(); }) {}

void Progress::expect(std::size_t total) {
  const std::scoped_lock lock(mutex_);
  total_ = total;
}

void Progress::count(std::size_t passes, std::size_t failures) {
  const std::scoped_lock lock(mutex_);
  passes_ += passes;
  failures_ += failures;
}

std::string Progress::line() const {
  std::string before = before_ ? before_() : std::string();
  const std::scoped_lock lock(mutex_);
  if (total_ == 0) return before;
  const std::size_t done = passes_ + failures_;
  const auto elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_);
  const double rate = elapsed.count() > 0 ? static_cast<double>(done) / elapsed.count() : 0.0;
  std::string text = fmt::format("{} {}/{} {}  {:.1f}/s  {} passed, {} failed", bar(done, total_), done, total_, unit_,
                                 rate, passes_, failures_);
  if (done > 0 && done < total_) {
    const auto left = std::chrono::seconds(static_cast<std::int64_t>(static_cast<double>(total_ - done) / rate) + 1);
    text += fmt::format("  {} left", duration_text(left));
  }
  return before.empty() ? text : before + "  " + text;
}

}  // namespace qualm::harness
