#include "harness/interruption.h"

#include <unistd.h>

#include <ctime>

namespace qualm::harness {
namespace {

sigset_t interrupting_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Interruption::Interruption() {
  const sigset_t signals = interrupting_signals();
  pthread_sigmask(SIG_BLOCK, &signals, &previous_mask_);
  waiter_ = std::jthread([this](const std::stop_token& ended) { wait_for_signals(ended); });
}

Interruption::~Interruption() {
  waiter_.request_stop();
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &previous_mask_, nullptr);
}

void Interruption::wait_for_signals(const std::stop_token& ended) {
  const sigset_t signals = interrupting_signals();
  while (!ended.stop_requested()) {
    constexpr timespec tick{0, 50'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &tick);
    if (signal <= 0) continue;
    if (!source_.request_stop()) {
      constexpr int killed_by_signal = 128;
      ::_exit(killed_by_signal + signal);
    }
  }
}

}  // namespace qualm::harness
