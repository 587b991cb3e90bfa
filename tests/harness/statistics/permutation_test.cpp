#include "harness/statistics/permutation.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "golden_table.h"
#include "harness/statistics/mcnemar.h"

using namespace qualm::harness::statistics;

TEST_CASE("the exact sign-flip test agrees with scipy's enumeration") {
  for (const auto& row : golden_rows("sign_flips.csv")) {
    INFO(row[0]);
    CHECK(difference(sign_flip_p_exact(golden_whole_numbers(row[0])), golden_number(row[1]), 1e-12) == "");
  }
}

TEST_CASE("with one completion a problem the sign-flip test is the exact McNemar test") {
  for (std::uint32_t gained = 0; gained < 12; ++gained) {
    for (std::uint32_t lost = 0; lost < 30; lost += 3) {
      std::vector<ProblemOutcome> problems(50, ProblemOutcome{1, 1, 1, 1});
      for (std::uint32_t index = 0; index < gained; ++index) problems[index] = {0, 1, 1, 1};
      for (std::uint32_t index = 0; index < lost; ++index) problems[gained + index] = {1, 1, 0, 1};
      const PermutationTest test = permutation_test(problems);
      CHECK(test.exact);
      CHECK(test.p == Approx(mcnemar_exact({gained, lost}).p));
    }
  }
}

TEST_CASE("random flips agree with all flips, and are the same at each run") {
  const std::vector<double> drops{3, -1, 4, 1, -5, 9, 2, -6, 5, 3};
  const std::vector<std::int64_t> whole{3, -1, 4, 1, -5, 9, 2, -6, 5, 3};
  const double exact = sign_flip_p_exact(whole);
  const double estimated = sign_flip_p_monte_carlo(drops, 100'000, 1);
  CHECK(std::abs(estimated - exact) < 4 * std::sqrt(exact * (1 - exact) / 100'000));
  CHECK(estimated == sign_flip_p_monte_carlo(drops, 100'000, 1));
  CHECK(estimated != sign_flip_p_monte_carlo(drops, 100'000, 2));
}

TEST_CASE("unequal numbers of completions are compared exactly while a common fraction is small") {
  const std::vector<ProblemOutcome> problems{{3, 4, 2, 6}, {1, 3, 0, 5}, {2, 2, 1, 2}};
  CHECK(permutation_test(problems).exact);
  CHECK(permutation_test(problems).p == Approx(0.25));
  const std::vector<ProblemOutcome> awkward{{3, 65521, 2, 65519}, {1, 65497, 0, 65479}};
  CHECK_FALSE(permutation_test(awkward).exact);
}

TEST_CASE("runs that never differ are not told apart") {
  CHECK(permutation_test(std::vector<ProblemOutcome>(20, ProblemOutcome{5, 20, 5, 20})).p == 1);
}
