#include "harness/statistics/proportion.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <stdexcept>

#include "golden_table.h"

using namespace qualm::harness::statistics;

TEST_CASE("Wilson's interval agrees with statsmodels") {
  for (const auto& row : golden_rows("wilson.csv")) {
    const Interval interval = wilson_interval(std::stoull(row[0]), std::stoull(row[1]), golden_number(row[2]));
    INFO(row[0] << " of " << row[1] << " at " << row[2]);
    CHECK(difference(interval.low, golden_number(row[3]), 1e-9, 1e-15) == "");
    CHECK(difference(interval.high, golden_number(row[4]), 1e-12) == "");
    CHECK(interval.low >= 0);
    CHECK(interval.high <= 1);
  }
}

TEST_CASE("Clopper-Pearson's interval is the rule of three without successes") {
  CHECK(clopper_pearson_interval(0, 161, 0.90).high == Approx(1 - std::pow(0.05, 1.0 / 161)));
  CHECK(clopper_pearson_interval(161, 161, 0.90).low == Approx(std::pow(0.05, 1.0 / 161)));
  CHECK(clopper_pearson_interval(0, 0).low == 0);
  CHECK(clopper_pearson_interval(0, 0).high == 1);
}

TEST_CASE("intervals refuse impossible counts and confidences") {
  CHECK_THROWS_AS(wilson_interval(2, 1), std::invalid_argument);
  CHECK_THROWS_AS(clopper_pearson_interval(1, 2, 0), std::invalid_argument);
  CHECK_THROWS_AS(wilson_interval(1, 2, std::nan("")), std::invalid_argument);
  CHECK_THROWS_AS(normal_quantile(1), std::invalid_argument);
}
