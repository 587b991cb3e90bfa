#include "harness/statistics/mcnemar.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <limits>

#include "harness/statistics/proportion.h"

namespace qualm::harness::statistics {
namespace {

/// The binomial with success probability one half is symmetric, so twice the smaller tail is both the central and the
/// minimum-likelihood two-sided p-value.
double two_sided_p(DiscordantPairs pairs) {
  if (pairs.gained == pairs.lost) return 1;
  const double trials = static_cast<double>(pairs.gained) + static_cast<double>(pairs.lost);
  const boost::math::binomial_distribution<double> half(trials, 0.5);
  return std::min(1.0, 2 * boost::math::cdf(half, static_cast<double>(std::min(pairs.gained, pairs.lost))));
}

double odds(double probability) {
  return probability >= 1 ? std::numeric_limits<double>::infinity() : probability / (1 - probability);
}

}  // namespace

McNemarTest mcnemar_exact(DiscordantPairs pairs, double confidence) {
  const std::uint64_t discordant = pairs.gained + pairs.lost;
  const Interval proportion = clopper_pearson_interval(pairs.gained, discordant, confidence);
  McNemarTest test;
  test.p = two_sided_p(pairs);
  if (discordant == 0) {
    test.odds_ratio = std::numeric_limits<double>::quiet_NaN();
  } else if (pairs.lost == 0) {
    test.odds_ratio = std::numeric_limits<double>::infinity();
  } else {
    test.odds_ratio = static_cast<double>(pairs.gained) / static_cast<double>(pairs.lost);
  }
  test.ci_low = odds(proportion.low);
  test.ci_high = odds(proportion.high);
  return test;
}

}  // namespace qualm::harness::statistics
