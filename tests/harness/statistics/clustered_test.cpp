#include "harness/statistics/clustered.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>
#include <string>

using namespace qualm::harness::statistics;

namespace {

std::vector<ProblemOutcome> alike(std::size_t problems, std::uint32_t passed, std::uint32_t completions) {
  return std::vector<ProblemOutcome>(problems, ProblemOutcome{passed, completions, passed, completions});
}

}  // namespace

TEST_CASE("greedy runs that are alike are bounded by the rule of three") {
  const DropBounds bounds = drop_bounds(alike(161, 1, 1), 0.05);
  CHECK(bounds.drop == 0);
  CHECK(bounds.upper == Approx(1 - std::pow(0.05, 1.0 / 161)));
  CHECK(bounds.lower == Approx(-bounds.upper));
}

TEST_CASE("twenty equal completions of a problem say no more than one") {
  CHECK(drop_bounds(alike(161, 20, 20), 0.05).upper == Approx(drop_bounds(alike(161, 1, 1), 0.05).upper));
  CHECK(plausible_change(alike(161, 20, 20)) == 1);
  CHECK(plausible_change(alike(161, 19, 20)) == Approx(0.05));
}

TEST_CASE("few problems are never taken for many") {
  CHECK(plausible_change(alike(9, 10, 20)) == 1);
  CHECK(drop_bounds(alike(1, 10, 20), 0.05).upper == Approx(0.95));
}

TEST_CASE("the bounds are the same for the same problems in another order, mirrored for exchanged runs") {
  std::vector<ProblemOutcome> problems;
  std::vector<ProblemOutcome> exchanged;
  for (std::uint32_t index = 0; index < 60; ++index) {
    problems.push_back({index * 7 % 21, 20, index * 11 % 21, 20});
    exchanged.push_back({index * 11 % 21, 20, index * 7 % 21, 20});
  }
  const DropBounds bounds = drop_bounds(problems, 0.05);
  const DropBounds mirrored = drop_bounds(exchanged, 0.05);
  CHECK(bounds.lower == Approx(-mirrored.upper));
  const DropBounds reversed = drop_bounds(std::vector<ProblemOutcome>(problems.rbegin(), problems.rend()), 0.05);
  CHECK(bounds.lower == reversed.lower);
  CHECK(bounds.upper == reversed.upper);
}

TEST_CASE("the rule: upper bound below the margin, else lower bound above zero, else cannot tell") {
  CHECK(verdict_of({-0.01, -0.03, 0.01}, 0.02) == Verdict::not_worse);
  CHECK(verdict_of({0.01, 0.005, 0.015}, 0.02) == Verdict::not_worse);
  CHECK(verdict_of({0.05, 0.03, 0.07}, 0.02) == Verdict::worse);
  CHECK(verdict_of({0.01, -0.02, 0.04}, 0.02) == Verdict::cannot_tell);
  CHECK(verdict_of({0.01, -0.02, 0.02}, 0.02) == Verdict::cannot_tell);
  CHECK(std::string(name_of(Verdict::cannot_tell)) == "cannot tell");
  CHECK_THROWS_AS(verdict_of({0, 0, 0}, -1), std::invalid_argument);
}

TEST_CASE("a comparison refuses impossible outcomes") {
  CHECK_THROWS_AS(drop_bounds({}, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(drop_bounds(std::vector<ProblemOutcome>{{0, 0, 0, 1}}, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(drop_bounds(std::vector<ProblemOutcome>{{2, 1, 0, 1}}, 0.05), std::invalid_argument);
  CHECK_THROWS_AS(drop_bounds(alike(3, 1, 1), 0.6), std::invalid_argument);
}
