// Simulates studies clustered by problem and says how often each test and rule is wrong, and how well the power figure
// foretells. The population of problems is a beta-binomial fitted to the sampled reference runs.
//
// study_simulation SOURCE_DIR [RUNS]: exit status 1 where a bound that docs/statistics.md promises is broken.

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "datasets/results.h"
#include "datasets/run_folder.h"
#include "harness/statistics/bounded_mean.h"
#include "harness/statistics/clustered.h"
#include "harness/statistics/mcnemar.h"
#include "harness/statistics/permutation.h"
#include "harness/statistics/power.h"
#include "harness/statistics/simulation.h"

namespace {

using namespace qualm;
using namespace qualm::harness::statistics;

constexpr double alpha = 0.05;
constexpr double margin = 0.02;

BetaBinomial fitted_population(const std::filesystem::path& source) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> problems;
  for (const char* language : {"py", "java"}) {
    const std::filesystem::path folder =
        source / "tests/golden/reference" /
        fmt::format("humaneval-{}-qwen2.5-coder-0.5b-instruct-q4_k_m-0.8-reworded", language);
    for (const auto& file : datasets::list_files(folder, datasets::FileKind::results, false)) {
      std::uint32_t passed = 0;
      const auto results = datasets::read_results(file).results;
      for (const auto& result : results) passed += result.passed() ? 1 : 0;
      problems.emplace_back(passed, static_cast<std::uint32_t>(results.size()));
    }
  }
  return fit_beta_binomial(problems);
}

/// How often, over all simulated runs, each answer was given.
struct Rates {
  double worse = 0;
  double not_worse = 0;
  double mcnemar = 0;      ///< p < alpha, either way
  double permutation = 0;  ///< p < alpha, either way
  double lower_above_zero = 0;
  double variance = 0;  ///< of one problem's drop, and the plausible change: means over runs
  double change = 0;
  double skewness = 0;
  double foretold = 0;  ///< the power figure for the true drop at those means
};

constexpr int runs_checked = 3;

// Whether the lower bound exceeds 0 and the upper one lies below the margin. A bound is a quantile, so the distribution
// function at the threshold tells, at a small part of the cost of finding the bound.
std::pair<bool, bool> bounds_against_thresholds(const std::vector<ProblemOutcome>& problems) {
  std::vector<double> drops;
  for (const ProblemOutcome& problem : problems) drops.push_back(problem.drop());
  const double extreme = plausible_change(problems);
  return {weighted_mean_cdf(drops, -extreme, 0) < alpha, weighted_mean_cdf(drops, extreme, margin) > 1 - alpha};
}

void check_against_bounds(const std::vector<ProblemOutcome>& problems, bool lower_above_zero, bool upper_below_margin) {
  const DropBounds bounds = drop_bounds(problems, alpha);
  if ((bounds.lower > 0) != lower_above_zero || (bounds.upper < margin) != upper_below_margin)
    throw std::logic_error("the bounds and the distribution function disagree");
}

Rates simulate_rates(const BetaBinomial& population, const SimulatedStudy& study, int runs, std::uint64_t seed) {
  RandomNumbers random(seed);
  Rates rates;
  const double one = 1.0 / runs;
  for (int run = 0; run < runs; ++run) {
    const SimulatedRuns simulated = simulate(population, study, random);
    const auto [lower_above_zero, upper_below_margin] = bounds_against_thresholds(simulated.problems);
    if (run < runs_checked) check_against_bounds(simulated.problems, lower_above_zero, upper_below_margin);
    rates.worse += lower_above_zero && !upper_below_margin ? one : 0;
    rates.not_worse += upper_below_margin ? one : 0;
    rates.lower_above_zero += lower_above_zero ? one : 0;
    rates.mcnemar += mcnemar_exact({simulated.gained, simulated.lost}).p < alpha ? one : 0;
    rates.permutation += permutation_test(simulated.problems).p < alpha ? one : 0;
    const DropVariance variance = drop_variance(simulated.problems);
    rates.variance += one * variance.total;
    rates.change += one * variance.plausible_change;
    rates.skewness += one * variance.skewness;
  }
  rates.foretold = power(study.drop, alpha, study.problems, rates.variance, rates.change, rates.skewness);
  return rates;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: study_simulation SOURCE_DIR [RUNS]\n");
    return 2;
  }
  const int runs = argc > 2 ? std::atoi(argv[2]) : 2000;
  if (runs < 1) return 2;
  const BetaBinomial population = fitted_population(argv[1]);
  const double two_standard_errors = 2 * std::sqrt(alpha * (1 - alpha) / runs);
  // With fewer runs than the full 2,000 the power figure's own sampling error counts too.
  const double power_tolerance = 0.03 + (runs < 2000 ? 2 * std::sqrt(0.25 / runs) : 0);
  fmt::print(
      "population: beta-binomial {:.3f}, {:.3f} (mean {:.3f}); 161 problems, {} runs each, alpha {}, margin {}\n",
      population.first, population.second, population.mean(), runs, alpha, margin);
  fmt::print("{:<14} {:>11} {:>6} | {:>6} {:>9} {:>12} {:>8} {:>8} {:>8}\n", "loss", "completions", "drop", "worse",
             "not worse", "permutation", "McNemar", "found", "foretold");
  std::vector<SimulatedStudy> studies;
  for (const Loss loss : {Loss::proportional, Loss::problems})
    for (const std::uint32_t completions : {1U, 20U})
      for (const double drop : {0.0, margin, 0.05})
        // Equal quality is the same in both ways of losing.
        if (drop > 0 || loss == Loss::proportional) studies.push_back({161, completions, drop, loss});
  for (const std::uint32_t completions : {1U, 20U})
    for (const double drop : {0.0, margin, 0.05}) studies.push_back({161, completions, drop, Loss::proportional, 0.2});
  std::vector<Rates> all(studies.size());
  {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> workers;
    for (unsigned worker = 0; worker < std::max(1U, std::thread::hardware_concurrency()); ++worker)
      workers.emplace_back([&] {
        for (std::size_t i = next++; i < studies.size(); i = next++)
          all[i] = simulate_rates(population, studies[i], runs, i + 1);
      });
  }
  bool kept = true;
  for (std::size_t i = 0; i < studies.size(); ++i) {
    const SimulatedStudy& study = studies[i];
    const Rates& rates = all[i];
    fmt::print("{:<14} {:>11} {:>6} | {:>6.3f} {:>9.3f} {:>12.3f} {:>8.3f} {:>8.3f} {:>8.3f}\n",
               study.redrawn > 0                  ? "20 % redrawn"
               : study.loss == Loss::proportional ? "proportional"
                                                  : "whole problems",
               study.completions, study.drop, rates.worse, rates.not_worse, rates.permutation, rates.mcnemar,
               rates.lower_above_zero, rates.foretold);
    if (study.drop == 0 && rates.lower_above_zero > alpha + two_standard_errors) kept = false;
    if (study.drop == margin && rates.not_worse > alpha + two_standard_errors) kept = false;
    if (study.drop == 0.05 && study.completions == 20 &&
        std::abs(rates.lower_above_zero - rates.foretold) > power_tolerance)
      kept = false;
  }
  fmt::print("{}\n", kept ? "every bound is kept" : "A BOUND IS BROKEN");
  return kept ? 0 : 1;
}
