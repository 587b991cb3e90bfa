#pragma once

#include <span>

namespace qualm::harness::statistics {

/// One-sided confidence bounds of the mean of a bounded variable, after Learned-Miller and Thomas, "A new confidence
/// interval for the mean of a bounded random variable" (2019): the sample gets one more value at the end of the
/// support, and the bound is a quantile of its mean under weights uniform on the simplex. For values 0 and 1 this is
/// Clopper-Pearson's bound; for -1, 0 and 1 the lower bound exceeds 0 exactly when the one-sided exact McNemar test
/// rejects. No variance is estimated, so samples without variance are no special case.
///
/// The distribution of the weighted mean is computed, not simulated: it exceeds t with the probability that a sum of
/// exponential variables times (value - t) is positive, found by inverting the characteristic function (Imhof 1961).

/// The probability that the mean of `values` and one `extreme`, under weights uniform on the simplex, is at most
/// `threshold`. Throws std::invalid_argument without values.
[[nodiscard]] double weighted_mean_cdf(std::span<const double> values, double extreme, double threshold);

/// The quantile of the same mean; probability in (0, 1). With `extreme` the largest possible value and probability
/// 1 - alpha it is the upper confidence bound at one-sided alpha; with the smallest and alpha, the lower.
[[nodiscard]] double weighted_mean_quantile(std::span<const double> values, double extreme, double probability);

}  // namespace qualm::harness::statistics
