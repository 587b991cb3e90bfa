#include "harness/statistics/mcnemar.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "golden_table.h"

using namespace qualm::harness::statistics;

TEST_CASE("the golden comparer notices a wrong number") {
  CHECK(difference(1.0, 1.0, 1e-9).empty());
  CHECK_FALSE(difference(1.0001, 1.0, 1e-9).empty());
  CHECK_FALSE(difference(0.9999, 1.0, 1e-9).empty());
  CHECK_FALSE(difference(std::nan(""), 1.0, 1e-9).empty());
  CHECK_FALSE(difference(1.0, std::nan(""), 1e-9).empty());
  CHECK_FALSE(difference(1.0, std::numeric_limits<double>::infinity(), 1e-9).empty());
}

TEST_CASE("the exact McNemar test agrees with statsmodels and scipy on random and extreme tables") {
  for (const auto& row : golden_rows("mcnemar.csv")) {
    const McNemarTest test = mcnemar_exact({std::stoull(row[0]), std::stoull(row[1])}, golden_number(row[2]));
    INFO("b = " << row[0] << ", c = " << row[1]);
    CHECK(difference(test.p, golden_number(row[3]), 1e-8, 1e-290) == "");
    CHECK(difference(test.odds_ratio, golden_number(row[4]), 1e-14) == "");
    CHECK(difference(test.ci_low, golden_number(row[5]), 1e-8) == "");
    CHECK(difference(test.ci_high, golden_number(row[6]), 1e-8) == "");
  }
}

TEST_CASE("the exact McNemar test has its closed forms") {
  SECTION("one discordant pair") {
    const McNemarTest test = mcnemar_exact({0, 1});
    CHECK(test.p == 1);
    CHECK(test.odds_ratio == 0);
    CHECK(test.ci_low == 0);
    CHECK(test.ci_high == Approx(39));  // Clopper-Pearson's 0.975 as odds
  }
  SECTION("all discordant pairs on one side: p = 2 / 2^n") {
    CHECK(mcnemar_exact({10, 0}).p == Approx(2.0 / 1024));
    CHECK(std::isinf(mcnemar_exact({10, 0}).odds_ratio));
    CHECK(std::isinf(mcnemar_exact({10, 0}).ci_high));
    CHECK(mcnemar_exact({10, 0}).ci_low == Approx(std::pow(0.025, 0.1) / (1 - std::pow(0.025, 0.1))));
  }
  SECTION("no discordant pair says nothing") {
    const McNemarTest test = mcnemar_exact({0, 0});
    CHECK(test.p == 1);
    CHECK(std::isnan(test.odds_ratio));
    CHECK(test.ci_low == 0);
    CHECK(std::isinf(test.ci_high));
  }
  SECTION("exchanging the runs inverts the odds and keeps p") {
    const McNemarTest one = mcnemar_exact({12, 31});
    const McNemarTest other = mcnemar_exact({31, 12});
    CHECK(one.p == other.p);
    CHECK(one.ci_low == Approx(1 / other.ci_high));
  }
  CHECK_THROWS_AS(mcnemar_exact({1, 2}, 1.0), std::invalid_argument);
}
