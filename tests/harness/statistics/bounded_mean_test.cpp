#include "harness/statistics/bounded_mean.h"

#include <boost/math/special_functions/beta.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "golden_table.h"
#include "harness/statistics/mcnemar.h"
#include "harness/statistics/proportion.h"

using namespace qualm::harness::statistics;

namespace {

std::vector<double> zeros_and_ones(int zeros, int ones) {
  std::vector<double> values(static_cast<std::size_t>(zeros), 0.0);
  values.insert(values.end(), static_cast<std::size_t>(ones), 1.0);
  return values;
}

}  // namespace

TEST_CASE("for zeros and ones the bounds are Clopper and Pearson's") {
  for (const int trials : {1, 2, 5, 42, 161, 2000}) {
    for (const int passed : {0, 1, trials / 2, trials}) {
      if (passed > trials) continue;
      INFO(passed << " of " << trials);
      const Interval exact =
          clopper_pearson_interval(static_cast<std::uint64_t>(passed), static_cast<std::uint64_t>(trials), 0.9);
      const std::vector<double> values = zeros_and_ones(trials - passed, passed);
      CHECK(difference(weighted_mean_quantile(values, 1, 0.95), exact.high, 1e-6) == "");
      CHECK(difference(weighted_mean_quantile(values, 0, 0.05), exact.low, 1e-6, 1e-9) == "");
    }
  }
}

TEST_CASE("with one completion a problem the lower bound exceeds 0 exactly when one-sided exact McNemar rejects") {
  for (int gained = 0; gained < 15; ++gained) {
    for (int lost = 0; lost < 40; ++lost) {
      std::vector<double> drops(static_cast<std::size_t>(100 - gained - lost), 0.0);
      drops.insert(drops.end(), static_cast<std::size_t>(gained), -1.0);
      drops.insert(drops.end(), static_cast<std::size_t>(lost), 1.0);
      // P(X >= lost) for X binomial(gained + lost, one half).
      const double one_sided = lost == 0 ? 1.0 : boost::math::ibeta(lost, gained + 1, 0.5);
      INFO("gained " << gained << ", lost " << lost);
      CHECK(std::abs(weighted_mean_cdf(drops, -1, 0) - one_sided) < 1e-7);
    }
  }
}

TEST_CASE("the distribution of the weighted mean agrees with NumPy's simulated weights") {
  for (const auto& row : golden_rows("weighted_means.csv")) {
    const double share = golden_number(row[3]);
    const double cdf = weighted_mean_cdf(golden_numbers(row[0]), golden_number(row[1]), golden_number(row[2]));
    INFO("share " << share << ", computed " << cdf);
    CHECK(std::abs(cdf - share) < 5 * std::sqrt(0.25 / golden_number(row[4])));
  }
}

TEST_CASE("the bound shrinks as problems come in, and is the point itself where nothing varies") {
  CHECK(weighted_mean_quantile(std::vector<double>(161, 0.0), 1, 0.95) == Approx(1 - std::pow(0.05, 1.0 / 161)));
  CHECK(weighted_mean_quantile(std::vector<double>(5, 1.0), 1, 0.95) == 1);
  CHECK_THROWS_AS(weighted_mean_cdf({}, 1, 0), std::invalid_argument);
  CHECK_THROWS_AS(weighted_mean_quantile(std::vector<double>{0.0}, 1, 1.0), std::invalid_argument);
}
