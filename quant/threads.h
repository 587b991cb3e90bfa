#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace qualm::quant {

/// A fixed team of threads that share loops. How a loop is divided never changes what is computed: every index is one
/// independent piece of work.
class Threads {
 public:
  /// `count` threads in all, the calling one included; at least 1.
  explicit Threads(int count);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  [[nodiscard]] int count() const;
  /// Calls work(begin, end) on disjoint ranges that cover [0, size), `grain` indices or more each; returns when all are
  /// done. An exception thrown by `work` is rethrown here. Not to be nested.
  void run(std::int64_t size, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace qualm::quant
