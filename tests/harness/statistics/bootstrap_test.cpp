#include "harness/statistics/bootstrap.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

#include "golden_table.h"

using namespace qualm::harness::statistics;

TEST_CASE("the bootstrap over problems agrees with scipy's up to the resamples' chance") {
  for (const auto& row : golden_rows("bootstrap.csv")) {
    const std::vector<double> values = golden_numbers(row[0]);
    const Interval interval = bootstrap_mean_interval(values, {0.95, 100'000, 3});
    // A 2.5% quantile of N draws has standard error sqrt(0.025 * 0.975 / N) over the density there, which for a nearly
    // normal mean is 0.058 / SE. Both sides draw 100,000; means of twentieths also come in steps.
    const double standard_error = golden_number(row[3]);
    const double tolerance =
        5 * std::sqrt(2 * 0.025 * 0.975 / 100'000) / 0.058 * standard_error + 0.05 / static_cast<double>(values.size());
    INFO(values.size() << " problems, tolerance " << tolerance);
    CHECK(std::abs(interval.low - golden_number(row[1])) < tolerance);
    CHECK(std::abs(interval.high - golden_number(row[2])) < tolerance);
  }
}

TEST_CASE("the bootstrap is the same at each run and on each machine") {
  const std::vector<double> values{0, 0.25, 1, 0.5, 0.75, 0.1};
  const Interval interval = bootstrap_mean_interval(values);
  CHECK(interval.low == bootstrap_mean_interval(values).low);
  CHECK(interval.low == Approx(0.9499999999999999 / 6));
  CHECK(interval.high == Approx(0.725));
}

TEST_CASE("values without variance have an interval of no width") {
  const Interval interval = bootstrap_mean_interval(std::vector<double>(10, 0.5));
  CHECK(interval.low == 0.5);
  CHECK(interval.high == 0.5);
}

TEST_CASE("the bootstrap refuses to work without values") {
  CHECK_THROWS_AS(bootstrap_mean_interval({}), std::invalid_argument);
  CHECK_THROWS_AS(bootstrap_mean_interval(std::vector<double>{1}, {1.0, 10, 1}), std::invalid_argument);
  CHECK_THROWS_AS(bootstrap_mean_interval(std::vector<double>{1}, {0.95, 0, 1}), std::invalid_argument);
}

TEST_CASE("quantiles lie on straight lines between order statistics") {
  const std::vector<double> sorted{1, 2, 4};
  CHECK(sorted_quantile(sorted, 0) == 1);
  CHECK(sorted_quantile(sorted, 0.75) == 3);
  CHECK(sorted_quantile(sorted, 1) == 4);
}
