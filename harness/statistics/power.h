#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/statistics/clustered.h"

namespace qualm::harness::statistics {

/// What a run of the same kind would vary by: the variance of one problem's drop, taken apart.
struct DropVariance {
  double total = 0;                   ///< of one problem's drop, with the completions there are
  std::optional<double> completions;  ///< of it, times the completions: sampling of completions; nullopt when a problem
                                      ///< has one completion only (the two parts cannot be told apart)
  double completions_per_problem = 1;  ///< harmonic mean over both runs
  double plausible_change = 1;
  double skewness = 0;  ///< of the drops over problems; 0 where they do not vary

  /// The variance with another number of completions; nullopt when that cannot be known.
  [[nodiscard]] std::optional<double> with_completions(double number) const;
};

/// Throws std::invalid_argument without problems.
[[nodiscard]] DropVariance drop_variance(std::span<const ProblemOutcome> problems);

/// How often a true drop leads to a lower bound above 0: the normal approximation of the rule of drop_bounds, to the
/// first order in the drops' skewness (Hall 1992: skewed drops shift the bound, and a sample with a large mean then has
/// a large variance too). By symmetry also how often the upper bound lies below a margin that exceeds the true drop by
/// `drop`; the skewness then has the other sign.
[[nodiscard]] double power(double drop, double alpha, double problems, double variance, double plausible_change,
                           double skewness = 0);

/// The smallest true drop that is found with this probability; nullopt when not even a drop of everything is.
[[nodiscard]] std::optional<double> smallest_detectable_drop(double alpha, double problems, double variance,
                                                             double plausible_change, double wanted_power = 0.8,
                                                             double skewness = 0);

/// What would settle it, were the true drop as far from the threshold as `distance`.
struct Needed {
  std::optional<std::uint64_t> problems;     ///< in all, with as many completions each; nullopt: over a million
  std::optional<std::uint64_t> completions;  ///< per problem, with these problems; nullopt: no number would, or unknown
};
[[nodiscard]] Needed needed_to_settle(double distance, double alpha, std::size_t problems, const DropVariance& variance,
                                      double wanted_power = 0.8);

}  // namespace qualm::harness::statistics
