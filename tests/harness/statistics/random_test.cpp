#include "harness/statistics/random.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>

using namespace qualm::harness::statistics;

TEST_CASE("random numbers are the standard's Mersenne Twister") {
  RandomNumbers random(5489);
  for (int draw = 0; draw < 9999; ++draw) (void)random.bits();
  CHECK(random.bits() == 9981545732273789042ULL);  // the C++ standard's own check value, the 10000th
}

TEST_CASE("whole numbers below a bound are equally likely") {
  RandomNumbers random(1);
  std::array<int, 7> counts{};
  constexpr int draws = 70'000;
  for (int draw = 0; draw < draws; ++draw) ++counts.at(random.below(7));
  double chi_squared = 0;
  for (const int count : counts) chi_squared += std::pow(count - draws / 7.0, 2) / (draws / 7.0);
  CHECK(chi_squared < 27);  // six degrees of freedom: one in ten thousand
  CHECK(random.below(1) == 0);
}

TEST_CASE("beta draws have the beta distribution's mean and variance") {
  for (const auto& [first, second] :
       {std::pair{0.02, 1.0}, std::pair{0.4, 1.1}, std::pair{3.0, 0.1}, std::pair{5.0, 2.0}}) {
    RandomNumbers random(2);
    constexpr int draws = 100'000;
    double sum = 0;
    double squares = 0;
    for (int draw = 0; draw < draws; ++draw) {
      const double value = random.beta(first, second);
      REQUIRE((value >= 0 && value <= 1));
      sum += value;
      squares += value * value;
    }
    const double mean = first / (first + second);
    const double variance = mean * (1 - mean) / (first + second + 1);
    CHECK(std::abs(sum / draws - mean) < 5 * std::sqrt(variance / draws));
    CHECK(squares / draws - std::pow(sum / draws, 2) == Approx(variance).epsilon(0.05));
  }
}

TEST_CASE("binomial draws count successes") {
  RandomNumbers random(3);
  CHECK(random.binomial(20, 0) == 0);
  CHECK(random.binomial(20, 1) == 20);
}
