// Logits of tests/golden/models on the CPU, with every kernel set.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "quant/linear.h"
#include "tests/generators/local/golden_logits.h"

namespace qualm::generators::local {

TEST_CASE("logits and greedy tokens of every golden model are the reference's, with every kernel set of this machine") {
  std::vector<std::string> kernels{"portable"};
  if (quant::best_kernels() != quant::KernelSet::portable) kernels.emplace_back("avx2");
  if (quant::best_kernels() == quant::KernelSet::avx512) kernels.emplace_back("avx512");
  for (const std::string& set : kernels) {
    LocalModelOptions options;
    options.device = "cpu";
    options.kernels = set;
    options.threads = 2;
    options.max_batch = 5;
    check_golden_models(options);
  }
}

TEST_CASE("the comparison sees a wrong logit of either sign and one that is not a number") {
  const std::vector<float> expected{1.0F, -2.0F, 3.0F};
  REQUIRE(worst_difference(expected, expected) == 0.0);
  REQUIRE(worst_difference(expected, {1.0F, -2.001F, 3.0F}) > 1e-4);
  REQUIRE(worst_difference(expected, {1.001F, -2.0F, 3.0F}) > 1e-4);
  REQUIRE(worst_difference(expected, {1.0F, std::nanf(""), 3.0F}) > 1e-4);
}

}  // namespace qualm::generators::local
