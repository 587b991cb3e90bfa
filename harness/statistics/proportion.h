#pragma once

#include <cstdint>

namespace qualm::harness::statistics {

/// A two-sided confidence interval.
struct Interval {
  double low = 0;
  double high = 0;
};

/// Wilson's score interval of a proportion (Wilson 1927). [0, 1] for no trials.
/// Throws std::invalid_argument when passed > trials or the confidence is not in (0, 1).
[[nodiscard]] Interval wilson_interval(std::uint64_t passed, std::uint64_t trials, double confidence = 0.95);

/// The exact interval of a proportion by inverting both binomial tails (Clopper and Pearson 1934). [0, 1] for no
/// trials. Throws as wilson_interval does.
[[nodiscard]] Interval clopper_pearson_interval(std::uint64_t passed, std::uint64_t trials, double confidence = 0.95);

/// The standard normal quantile. Throws std::invalid_argument unless probability lies in (0, 1).
[[nodiscard]] double normal_quantile(double probability);

/// The standard normal distribution function.
[[nodiscard]] double normal_cdf(double value);

}  // namespace qualm::harness::statistics
