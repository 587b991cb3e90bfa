#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "harness/statistics/clustered.h"
#include "harness/statistics/random.h"

namespace qualm::harness::statistics {

/// A population of problems: each problem's pass rate is drawn from a beta distribution, its completions from that
/// rate.
struct BetaBinomial {
  double first = 1;   ///< shape of passing
  double second = 1;  ///< shape of failing

  [[nodiscard]] double mean() const { return first / (first + second); }
};

/// Maximum-likelihood fit to (passed, completions) of each problem. Needs problems with two completions or more;
/// throws std::invalid_argument otherwise.
[[nodiscard]] BetaBinomial fit_beta_binomial(std::span<const std::pair<std::uint32_t, std::uint32_t>> problems);

/// How a candidate loses quality.
enum class Loss {
  proportional,  ///< each problem's pass rate shrinks by the same share
  problems,      ///< some problems are lost wholly, the others are untouched
};

struct SimulatedStudy {
  std::uint32_t problems = 161;
  std::uint32_t completions = 20;
  double drop = 0;  ///< true drop of the mean pass rate, in [0, mean]
  Loss loss = Loss::proportional;
  /// Share of the problems whose rate the candidate has drawn anew from the same population, before any loss: other
  /// problems are solved, as many on average.
  double redrawn = 0;
};

/// Two runs on the same freshly drawn problems, and their discordant pairs by completion index (which are arbitrary:
/// completions are independent given the problem).
struct SimulatedRuns {
  std::vector<ProblemOutcome> problems;
  std::uint64_t gained = 0;
  std::uint64_t lost = 0;
};
[[nodiscard]] SimulatedRuns simulate(const BetaBinomial& population, const SimulatedStudy& study,
                                     RandomNumbers& random);

}  // namespace qualm::harness::statistics
