#include "harness/statistics/power.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "harness/statistics/random.h"

using namespace qualm::harness::statistics;

TEST_CASE("the variance of the drop is taken apart into problems and completions") {
  // Problems alike but for the sampling of completions, which then explains all the variance.
  RandomNumbers random(1);
  std::vector<ProblemOutcome> problems;
  for (int problem = 0; problem < 2000; ++problem)
    problems.push_back({random.binomial(20, 0.5), 20, random.binomial(20, 0.5), 20});
  const DropVariance variance = drop_variance(problems);
  REQUIRE(variance.completions.has_value());
  CHECK(variance.completions_per_problem == Approx(20));
  CHECK(*variance.completions == Approx(0.5).epsilon(0.1));  // 2 p (1 - p) at one half
  CHECK(*variance.with_completions(20) == variance.total);
  CHECK(*variance.with_completions(40) == Approx(variance.total / 2).epsilon(0.1));
}

TEST_CASE("one completion a problem leaves open what more completions would bring") {
  const std::vector<ProblemOutcome> problems{{1, 1, 0, 1}, {1, 1, 1, 1}, {0, 1, 0, 1}};
  CHECK_FALSE(drop_variance(problems).completions.has_value());
  CHECK_FALSE(drop_variance(problems).with_completions(5).has_value());
  CHECK_FALSE(needed_to_settle(0.1, 0.05, 3, drop_variance(problems)).completions.has_value());
}

TEST_CASE("power grows with the drop and the problems") {
  CHECK(power(0.10, 0.05, 161, 0.02, 0.4) > power(0.05, 0.05, 161, 0.02, 0.4));
  CHECK(power(0.02, 0.05, 400, 0.02, 0.4) > power(0.02, 0.05, 161, 0.02, 0.4));
  CHECK(power(0.0, 0.05, 161, 0.02, 0.0) == Approx(0.05).margin(0.005));
}

TEST_CASE("the smallest detectable drop is found with the power asked for") {
  const auto drop = smallest_detectable_drop(0.05, 161, 0.02, 0.4);
  REQUIRE(drop.has_value());
  CHECK(power(*drop, 0.05, 161, 0.02, 0.4) == Approx(0.8));
  CHECK_FALSE(smallest_detectable_drop(0.05, 1, 0.3, 1).has_value());
}

TEST_CASE("what would settle it does settle it, and one less does not") {
  DropVariance variance;
  variance.total = 0.02;
  variance.completions = 0.2;
  variance.completions_per_problem = 20;
  variance.plausible_change = 0.4;
  const Needed needed = needed_to_settle(0.02, 0.05, 161, variance);
  REQUIRE(needed.problems.has_value());
  CHECK(power(0.02, 0.05, static_cast<double>(*needed.problems), 0.02, 0.4) >= 0.8);
  CHECK(power(0.02, 0.05, static_cast<double>(*needed.problems - 1), 0.02, 0.4) < 0.8);
  CHECK_FALSE(needed_to_settle(0, 0.05, 161, variance).problems.has_value());
}

TEST_CASE("skewed drops are found more often near certainty than symmetric ones of the same variance") {
  const double symmetric = power(0.05, 0.05, 161, 0.035, 0.9);
  const double skewed = power(0.05, 0.05, 161, 0.035, 0.9, 2.5);
  CHECK(symmetric > 0.8);
  CHECK(skewed > symmetric + 0.02);
  CHECK(power(0.05, 0.05, 161, 0.035, 0.9, -2.5) < symmetric);
  // Losing whole problems skews the drops.
  std::vector<ProblemOutcome> problems(100, ProblemOutcome{10, 20, 10, 20});
  for (std::size_t i = 0; i < 10; ++i) problems[i].candidate_passed = 0;
  CHECK(drop_variance(problems).skewness == Approx(0.8 / 0.3));  // of a Bernoulli variable with p = 0.1
}
