#include "harness/statistics/simulation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

#include "golden_table.h"

using namespace qualm::harness::statistics;

TEST_CASE("the beta-binomial fit agrees with scipy's maximum likelihood") {
  for (const auto& row : golden_rows("beta_binomial.csv")) {
    const auto completions = static_cast<std::uint32_t>(std::stoul(row[0]));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> problems;
    for (const std::int64_t passed : golden_whole_numbers(row[1])) {
      problems.emplace_back(static_cast<std::uint32_t>(passed), completions);
    }
    const BetaBinomial fit = fit_beta_binomial(problems);
    const double expected_first = golden_number(row[2]);
    const double expected_second = golden_number(row[3]);
    if (expected_first > 1000) continue;  // no more variance than a binomial's: any large pair fits as well
    CHECK(fit.first == Approx(expected_first).epsilon(2e-3));
    CHECK(fit.second == Approx(expected_second).epsilon(2e-3));
  }
}

TEST_CASE("the fit needs problems with several completions") {
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> single{{1, 1}, {0, 1}};
  CHECK_THROWS_AS(fit_beta_binomial(single), std::invalid_argument);
}

TEST_CASE("a simulated study has the true drop asked for, in both ways of losing") {
  const BetaBinomial population{0.5, 1};
  for (const Loss loss : {Loss::proportional, Loss::problems}) {
    RandomNumbers random(4);
    double drop = 0;
    constexpr int runs = 300;
    for (int run = 0; run < runs; ++run) {
      const SimulatedRuns simulated = simulate(population, {161, 20, 0.05, loss}, random);
      double pairs = 0;
      for (const ProblemOutcome& problem : simulated.problems) {
        drop += problem.drop() / (161.0 * runs);
        pairs += static_cast<double>(problem.baseline_passed) - problem.candidate_passed;
      }
      CHECK(pairs == static_cast<double>(simulated.lost) - static_cast<double>(simulated.gained));
    }
    CHECK(std::abs(drop - 0.05) < 0.004);
  }
}
