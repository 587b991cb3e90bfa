#include "harness/statistics/multiple_testing.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "golden_table.h"

using namespace qualm::harness::statistics;

TEST_CASE("Benjamini-Hochberg's adjustment agrees with statsmodels, ties and order kept") {
  for (const auto& row : golden_rows("benjamini_hochberg.csv")) {
    const std::vector<double> adjusted = benjamini_hochberg(golden_numbers(row[0]));
    const std::vector<double> expected = golden_numbers(row[1]);
    REQUIRE(adjusted.size() == expected.size());
    for (std::size_t index = 0; index < expected.size(); ++index) {
      CHECK(difference(adjusted[index], expected[index], 1e-12) == "");
    }
  }
}

TEST_CASE("families are adjusted apart") {
  const std::vector<double> p_values{0.01, 0.02, 0.03, 0.5};
  const std::vector<std::string> families{"java", "py", "java", "py"};
  CHECK(benjamini_hochberg(p_values, families) == std::vector<double>{0.02, 0.04, 0.03, 0.5});
  CHECK(benjamini_hochberg(std::vector<double>{}).empty());
}

TEST_CASE("the adjustment refuses what is no p-value") {
  CHECK_THROWS_AS(benjamini_hochberg(std::vector<double>{1.1}), std::invalid_argument);
  CHECK_THROWS_AS(benjamini_hochberg(std::vector<double>{0.1}, std::vector<std::string>{}), std::invalid_argument);
}
