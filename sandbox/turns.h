#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>

namespace qualm::sandbox {

/// How many programs may run at a time, where more threads than that make jails ready and put them away: both wait for
/// the kernel more than they compute. Safe to use from many threads.
class Turns {
 public:
  explicit Turns(std::size_t count) : free_(count) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// A turn that was taken, given back at its end at the latest.
  class Turn {
   public:
    Turn() = default;
    explicit Turn(Turns& turns) : turns_(&turns) {}
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&& other) noexcept;
    ~Turn() { give_back(); }
    void give_back();

   private:
    Turns* turns_ = nullptr;
  };

  /// Waits for a turn. Throws Cancelled when `stop` is requested first.
  [[nodiscard]] Turn take(const std::stop_token& stop);
  /// The same where `turns` may be null: no limit.
  [[nodiscard]] static Turn take(Turns* turns, const std::stop_token& stop) {
    return turns == nullptr ? Turn() : turns->take(stop);
  }

 private:
  std::mutex mutex_;  // guards free_
  std::size_t free_;
  std::condition_variable_any given_back_;
};

}  // namespace qualm::sandbox
