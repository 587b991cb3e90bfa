#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace qualm::harness {

/// While one lives, SIGINT and SIGTERM no longer kill the process: the first requests a stop through token(), so that
/// finished work is saved; a second one ends the process at once. Make it before any other thread, so that all of
/// them block the two signals.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
  [[nodiscard]] bool requested() const { return source_.stop_requested(); }

 private:
  void wait_for_signals(const std::stop_token& ended);

  sigset_t previous_mask_{};
  std::stop_source source_;
  std::jthread waiter_;
};

}  // namespace qualm::harness
