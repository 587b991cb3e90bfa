#include "quant/threads.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

using qualm::quant::Threads;

TEST_CASE("a loop meets every index once", "[quant][threads]") {
  for (const int count : {1, 2, 3, 5}) {
    Threads threads(count);
    CHECK(threads.count() == count);
    for (const std::int64_t size : {0, 1, 2, 7, 64, 1000}) {
      for (int repeat = 0; repeat < 50; ++repeat) {
        std::vector<std::atomic<int>> met(static_cast<std::size_t>(size));
        threads.run(size, 3, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) ++met[static_cast<std::size_t>(i)];
        });
        bool once = true;
        for (const auto& value : met) once = once && value == 1;
        REQUIRE(once);
      }
    }
  }
}

TEST_CASE("an exception in a loop reaches the caller, and the team goes on", "[quant][threads]") {
  Threads threads(3);
  for (std::int64_t bad = 0; bad < 40; ++bad) {
    CHECK_THROWS_AS(threads.run(40, 1,
                                [&](std::int64_t begin, std::int64_t end) {
                                  if (begin <= bad && bad < end) throw std::runtime_error("bad");
                                }),
                    std::runtime_error);
  }
  std::atomic<std::int64_t> sum = 0;
  threads.run(100, 1, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
  CHECK(sum == 100);
}

TEST_CASE("a team without threads and a loop in a loop are refused", "[quant][threads]") {
  CHECK_THROWS_AS(Threads(0), std::invalid_argument);
  Threads threads(2);
  CHECK_THROWS_AS(threads.run(8, 1, [&](std::int64_t, std::int64_t) { threads.run(1, 1, [](auto, auto) {}); }),
                  std::logic_error);
}
