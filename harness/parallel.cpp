#include "harness/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "harness/machine.h"

namespace qualm::harness {

void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work) {
  constexpr std::size_t most_threads = 16;
  std::vector<std::exception_ptr> failures(count);
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = std::min({count, most_threads, std::size_t{available_processors()}}); i > 0; --i)
      threads.emplace_back([&] {
        for (std::size_t index = next++; index < count; index = next++) {
          try {
            work(index);
          } catch (...) {
            failures[index] = std::current_exception();
          }
        }
      });
  }
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace qualm::harness
