#include "quant/threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace qualm::quant {
namespace {

// A model's step is hundreds of short loops: a thread that looks for the next one a while before it sleeps saves the
// kernel's wake-up, tens of microseconds each.
constexpr int looks_before_sleep = 4000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

// Returns when `value` is no longer `old`.
template <typename T>
void wait_while(const std::atomic<T>& value, T old) {
  for (int i = 0; i < looks_before_sleep; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

struct Threads::State {
  explicit State(int count) {
    others.reserve(static_cast<std::size_t>(count - 1));
    try {
      for (int i = 1; i < count; ++i) others.emplace_back([this] { serve(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~State() { stop(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void stop() {
    stopping = true;
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
    for (std::thread& thread : others) thread.join();
  }

  // Each thread takes part in every loop once: `unfinished` counts those that still do, so that a loop's fields are not
  // written before all have left the loop before.
  void serve() {
    std::uint32_t seen = 0;
    while (true) {
      wait_while(generation, seen);
      ++seen;
      if (stopping) return;
      share();
      if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished.notify_one();
    }
  }

  // Takes pieces of the loop until none is left.
  void share() noexcept {
    try {
      while (true) {
        const std::int64_t begin = next.fetch_add(piece, std::memory_order_relaxed);
        if (begin >= size) return;
        (*work)(begin, std::min(begin + piece, size));
      }
    } catch (...) {
      next.store(size, std::memory_order_relaxed);
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
    }
  }

  std::vector<std::thread> others;
  std::atomic<std::uint32_t> generation = 0;
  std::atomic<int> unfinished = 0;
  std::atomic<bool> running = false;
  std::atomic<bool> stopping = false;
  // The loop at hand, written before `generation` moves.
  const std::function<void(std::int64_t, std::int64_t)>* work = nullptr;
  std::int64_t size = 0;
  std::int64_t piece = 1;
  std::atomic<std::int64_t> next = 0;
  std::mutex error_mutex;
  std::exception_ptr error;
};

Threads::Threads(int count) {
  if (count < 1) throw std::invalid_argument(fmt::format("a team of {} threads", count));
  state_ = std::make_unique<State>(count);
}

Threads::~Threads() = default;

int Threads::count() const { return static_cast<int>(state_->others.size()) + 1; }

void Threads::run(std::int64_t size, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& work) {
  if (size <= 0) return;
  State& state = *state_;
  if (state.running.exchange(true)) throw std::logic_error("a loop was started while the threads were in another");
  struct Done {
    State& state;
    ~Done() { state.running = false; }
  } const done{state};

  const std::int64_t pieces = count() * std::int64_t{8};  // several a thread: a thread that is held up delays little
  const std::int64_t piece = std::max({std::int64_t{1}, grain, size / pieces});
  if (count() == 1 || piece >= size) {
    work(0, size);
    return;
  }
  state.work = &work;
  state.size = size;
  state.piece = piece;
  state.next.store(0, std::memory_order_relaxed);
  state.unfinished.store(count() - 1, std::memory_order_relaxed);
  state.generation.fetch_add(1, std::memory_order_release);
  state.generation.notify_all();
  state.share();
  for (int left = state.unfinished.load(std::memory_order_acquire); left != 0;
       left = state.unfinished.load(std::memory_order_acquire)) {
    wait_while(state.unfinished, left);
  }
  if (state.error) std::rethrow_exception(std::exchange(state.error, nullptr));
}

}  // namespace qualm::quant
