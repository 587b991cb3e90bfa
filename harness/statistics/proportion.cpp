#include "harness/statistics/proportion.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <stdexcept>
#include <string>

namespace qualm::harness::statistics {
namespace {

void check(std::uint64_t passed, std::uint64_t trials, double confidence) {
  if (passed > trials) {
    throw std::invalid_argument("interval of a proportion: " + std::to_string(passed) + " passed of only " +
                                std::to_string(trials) + " trials");
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw std::invalid_argument("interval of a proportion: confidence must lie between 0 and 1, got " +
                                std::to_string(confidence));
  }
}

}  // namespace

double normal_quantile(double probability) {
  if (!(probability > 0 && probability < 1)) {
    throw std::invalid_argument("normal quantile: the probability must lie between 0 and 1, got " +
                                std::to_string(probability));
  }
  return boost::math::quantile(boost::math::normal_distribution<double>(), probability);
}

double normal_cdf(double value) {
  if (std::isinf(value)) return value > 0 ? 1 : 0;
  return boost::math::cdf(boost::math::normal_distribution<double>(), value);
}

Interval wilson_interval(std::uint64_t passed, std::uint64_t trials, double confidence) {
  check(passed, trials, confidence);
  if (trials == 0) return {0, 1};
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(passed) / n;
  const double z = normal_quantile(0.5 + confidence / 2);
  const double centre = p + z * z / (2 * n);
  const double half_width = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // At the ends the bound is exactly 0 or 1; rounding must not push it past.
  const double low = passed == 0 ? 0 : std::max(0.0, (centre - half_width) / scale);
  const double high = passed == trials ? 1 : std::min(1.0, (centre + half_width) / scale);
  return {low, high};
}

Interval clopper_pearson_interval(std::uint64_t passed, std::uint64_t trials, double confidence) {
  check(passed, trials, confidence);
  if (trials == 0) return {0, 1};
  const double tail = (1 - confidence) / 2;
  const double successes = static_cast<double>(passed);
  const double failures = static_cast<double>(trials - passed);
  const double low = passed == 0 ? 0 : boost::math::ibeta_inv(successes, failures + 1, tail);
  const double high = passed == trials ? 1 : boost::math::ibetac_inv(successes + 1, failures, tail);
  return {low, high};
}

}  // namespace qualm::harness::statistics
