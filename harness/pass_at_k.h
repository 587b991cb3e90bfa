#pragma once

#include <cstdint>
#include <span>

namespace qualm::harness {

/// The unbiased estimator of pass@k for one problem with `passed` of `completions` correct:
/// 1 - prod_{i = n-c+1 .. n} (1 - k/i), and 1 where n - c < k (Chen et al. 2021, arXiv:2107.03374). The factors are
/// multiplied in ascending i, as numpy.prod does for MultiPL-E, so that the last digit agrees.
[[nodiscard]] double pass_at_k(std::int64_t completions, std::int64_t passed, std::int64_t k);

/// The mean, summed pairwise in blocks as numpy.mean does, so that the last digit agrees with MultiPL-E's; NaN for
/// none.
[[nodiscard]] double mean(std::span<const double> values);

}  // namespace qualm::harness
