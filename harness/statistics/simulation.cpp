#include "harness/statistics/simulation.h"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <stdexcept>

namespace qualm::harness::statistics {
namespace {

/// Log-likelihood up to a constant: sum of log B(x + a, n - x + b) - log B(a, b), as sums of logarithms of whole steps.
double log_likelihood(std::span<const std::pair<std::uint32_t, std::uint32_t>> problems, double mean,
                      double correlation) {
  const double shapes = (1 - correlation) / correlation;
  const double first = mean * shapes;
  const double second = (1 - mean) * shapes;
  double sum = 0;
  for (const auto& [passed, completions] : problems) {
    for (std::uint32_t step = 0; step < passed; ++step) sum += std::log(first + step);
    for (std::uint32_t step = 0; step < completions - passed; ++step) sum += std::log(second + step);
    for (std::uint32_t step = 0; step < completions; ++step) sum -= std::log(shapes + step);
  }
  return sum;
}

}  // namespace

BetaBinomial fit_beta_binomial(std::span<const std::pair<std::uint32_t, std::uint32_t>> problems) {
  bool informative = false;
  for (const auto& [passed, completions] : problems) {
    if (passed > completions) throw std::invalid_argument("beta-binomial fit: more passed than completions");
    informative = informative || completions > 1;
  }
  if (!informative) throw std::invalid_argument("beta-binomial fit: no problem has two completions");
  constexpr double edge = 1e-4;
  constexpr int bits = 24;
  const auto best_mean = [&](double correlation) {
    return boost::math::tools::brent_find_minima(
        [&](double mean) { return -log_likelihood(problems, mean, correlation); }, edge, 1 - edge, bits);
  };
  const double correlation =
      boost::math::tools::brent_find_minima([&](double value) { return best_mean(value).second; }, edge, 1 - edge, bits)
          .first;
  const double mean = best_mean(correlation).first;
  const double shapes = (1 - correlation) / correlation;
  return {mean * shapes, (1 - mean) * shapes};
}

SimulatedRuns simulate(const BetaBinomial& population, const SimulatedStudy& study, RandomNumbers& random) {
  const double lost_share = study.drop / population.mean();
  if (!(lost_share >= 0 && lost_share <= 1)) {
    throw std::invalid_argument("simulated study: the drop must lie between 0 and the population's mean pass rate");
  }
  SimulatedRuns runs;
  runs.problems.reserve(study.problems);
  for (std::uint32_t problem = 0; problem < study.problems; ++problem) {
    const double baseline_rate = random.beta(population.first, population.second);
    double candidate_rate = baseline_rate;
    if (study.redrawn > 0 && random.uniform() < study.redrawn)
      candidate_rate = random.beta(population.first, population.second);
    if (study.loss == Loss::proportional) {
      candidate_rate *= 1 - lost_share;
    } else if (random.uniform() < lost_share) {
      candidate_rate = 0;
    }
    ProblemOutcome outcome{0, study.completions, 0, study.completions};
    for (std::uint32_t completion = 0; completion < study.completions; ++completion) {
      const bool baseline_passes = random.uniform() < baseline_rate;
      const bool candidate_passes = random.uniform() < candidate_rate;
      outcome.baseline_passed += baseline_passes ? 1U : 0U;
      outcome.candidate_passed += candidate_passes ? 1U : 0U;
      runs.gained += !baseline_passes && candidate_passes ? 1U : 0U;
      runs.lost += baseline_passes && !candidate_passes ? 1U : 0U;
    }
    runs.problems.push_back(outcome);
  }
  return runs;
}

}  // namespace qualm::harness::statistics
