#include "generators/local/repetition.h"

#include <catch2/catch.hpp>
#include <vector>

namespace qualm::generators::local {
namespace {

// Tokens that never repeat, then `length` tokens of a sequence of `period` different ones.
std::vector<std::int32_t> looping(std::size_t before, std::size_t period, std::size_t length) {
  std::vector<std::int32_t> tokens;
  for (std::size_t i = 0; i < before; ++i) tokens.push_back(static_cast<std::int32_t>(1000 + i));
  for (std::size_t i = 0; i < length; ++i) tokens.push_back(static_cast<std::int32_t>(i % period));
  return tokens;
}

}  // namespace

TEST_CASE("a sequence that ends the tokens four times, and 64 tokens or more, is a loop") {
  for (const std::size_t period : {1, 2, 7, 16, 17, 40}) {
    const std::size_t least = std::max<std::size_t>(64, 4 * period);
    INFO("period " << period);
    CHECK(ends_in_loop(looping(100, period, least)));
    CHECK(ends_in_loop(looping(0, period, least)));
    CHECK(ends_in_loop(looping(3, period, least + 5)));
    CHECK_FALSE(ends_in_loop(looping(100, period, least - 1)));
    auto tokens = looping(100, period, least);
    tokens[tokens.size() - period - 1] = -1;
    CHECK_FALSE(ends_in_loop(tokens));
    tokens = looping(100, period, least);
    tokens.push_back(-1);
    CHECK_FALSE(ends_in_loop(tokens));
  }
}

TEST_CASE("few tokens, none, and tokens that do not repeat are no loop") {
  CHECK_FALSE(ends_in_loop({}));
  CHECK_FALSE(ends_in_loop(looping(0, 1, 63)));
  CHECK_FALSE(ends_in_loop(looping(1000, 1, 0)));
}

}  // namespace qualm::generators::local
