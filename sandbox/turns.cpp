#include "sandbox/turns.h"

#include <utility>

#include "sandbox/error.h"

namespace qualm::sandbox {

Turns::Turn::Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}

Turns::Turn& Turns::Turn::operator=(Turn&& other) noexcept {
  give_back();
  turns_ = std::exchange(other.turns_, nullptr);
  return *this;
}

void Turns::Turn::give_back() {
  if (Turns* turns = std::exchange(turns_, nullptr)) {
    {
      const std::scoped_lock lock(turns->mutex_);
      ++turns->free_;
    }
    turns->given_back_.notify_one();
  }
}

Turns::Turn Turns::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!given_back_.wait(lock, stop, [this] { return free_ > 0; })) {
    throw Cancelled();
  }
  --free_;
  return Turn(*this);
}

}  // namespace qualm::sandbox
