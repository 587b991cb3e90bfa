#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/statistics/proportion.h"
#include "harness/statistics/random.h"

namespace qualm::harness::statistics {

struct BootstrapOptions {
  double confidence = 0.95;
  std::uint32_t resamples = 10'000;
  std::uint64_t seed = default_seed;
};

/// Percentile bootstrap interval of a mean over problems: `values[i]` is problem i's pass@k. Problems are drawn with
/// replacement, with all their completions. Throws std::invalid_argument without values, without resamples or for a
/// confidence outside (0, 1).
[[nodiscard]] Interval bootstrap_mean_interval(std::span<const double> values, const BootstrapOptions& options = {});

/// The quantile of sorted values, linear between order statistics (R's type 7, NumPy's default).
[[nodiscard]] double sorted_quantile(std::span<const double> sorted, double probability);

}  // namespace qualm::harness::statistics
