#include "harness/pass_at_k.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using qualm::harness::mean;
using qualm::harness::pass_at_k;

TEST_CASE("pass@k is 1 where fewer than k completions fail", "[pass_at_k]") {
  CHECK(pass_at_k(4, 4, 1) == 1.0);
  CHECK(pass_at_k(4, 0, 10) == 1.0);
  CHECK(pass_at_k(20, 12, 9) == 1.0);
}

TEST_CASE("pass@k is one minus the share of draws without a pass", "[pass_at_k]") {
  CHECK(pass_at_k(20, 0, 1) == 0.0);
  CHECK(pass_at_k(20, 5, 1) == Approx(0.25).epsilon(1e-12));
  // 1 - C(15, 10) / C(20, 10)
  CHECK(pass_at_k(20, 5, 10) == Approx(1.0 - 3003.0 / 184756.0).epsilon(1e-12));
}

TEST_CASE("the mean adds like numpy", "[pass_at_k]") {
  // numpy.mean([0.1] * n) for n on both sides of its block sizes.
  CHECK(mean(std::vector<double>(3, 0.1)) == (0.1 + 0.1 + 0.1) / 3);
  CHECK(mean(std::vector<double>(8, 0.1)) == 0.1);
  CHECK(mean(std::vector<double>(161, 0.25)) == 0.25);
  CHECK(std::isnan(mean(std::vector<double>{})));
}
