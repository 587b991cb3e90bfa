#include "harness/parallel.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using qualm::harness::for_each_index;

TEST_CASE("each index is worked on once") {
  std::vector<std::atomic<int>> calls(1000);
  for_each_index(calls.size(), [&](std::size_t i) { ++calls[i]; });
  for (const auto& count : calls) REQUIRE(count == 1);
  for_each_index(0, [](std::size_t) { FAIL(); });
}

TEST_CASE("of several failures the one of the smallest index is thrown, after all of the work") {
  std::atomic<int> calls = 0;
  const auto work = [&](std::size_t i) {
    ++calls;
    if (i == 7 || i == 70) throw std::runtime_error(std::to_string(i));
  };
  CHECK_THROWS_WITH(for_each_index(100, work), "7");
  CHECK(calls == 100);
}
