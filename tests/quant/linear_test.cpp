#include "quant/linear.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/quant/random_tensor.h"

namespace quant = qualm::quant;
using namespace qualm::quant::test;
using quant::KernelSet;
using quant::Type;

namespace {

std::vector<KernelSet> kernel_sets() {
  std::vector<KernelSet> sets;
  for (const KernelSet set : {KernelSet::portable, KernelSet::avx2, KernelSet::avx512}) {
    if (set <= quant::best_kernels()) sets.push_back(set);
  }
  return sets;
}

struct Expected {
  double value = 0.0;
  double magnitude = 0.0;  ///< sum of |w x| and |b|
};

Expected expected_value(const std::vector<float>& weights, const float* x, float bias) {
  Expected e{bias, std::abs(bias)};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double product = static_cast<double>(weights[i]) * static_cast<double>(x[i]);
    e.value += product;
    e.magnitude += std::abs(product);
  }
  return e;
}

// A sum of n products in float, in any order, errs by at most n * epsilon / 2 * sum|w x| (Higham, Accuracy and
// Stability of Numerical Algorithms, 3.1); n + 2 for the bias and the last rounding. NaN is never within it.
bool within(double actual, const Expected& expected, std::int64_t n) {
  const double unit = std::numeric_limits<float>::epsilon() / 2.0;
  return std::abs(actual - expected.value) <= static_cast<double>(n + 2) * unit * expected.magnitude;
}

std::vector<float> forward(const quant::Linear& linear, const std::vector<float>& x, std::int64_t tokens,
                           int threads = 1) {
  quant::Threads team(threads);
  std::vector<float> y(static_cast<std::size_t>(tokens * linear.outputs()), std::numeric_limits<float>::quiet_NaN());
  linear.forward(x, tokens, y, team);
  return y;
}

// Widths of every kind for a type: one block, a few, and past the kernels' chunks of 1024.
std::vector<std::int64_t> widths(Type type) {
  const std::int64_t block = quant::info(type).block_values;
  if (block == 1) return {1, 7, 15, 16, 17, 63, 1024, 1037, 2049};
  if (block == 32) return {32, 96, 896, 1024, 1056, 2080};
  return {256, 768, 1024, 1280, 2304};
}

}  // namespace

TEST_CASE("the comparison sees a wrong value of either sign, and NaN", "[quant][linear]") {
  const Expected expected{1.0, 2.0};
  CHECK(within(1.0, expected, 10));
  CHECK_FALSE(within(1.00001, expected, 10));
  CHECK_FALSE(within(0.99999, expected, 10));
  CHECK_FALSE(within(std::nan(""), expected, 10));
}

TEST_CASE("kernels of every set give the product of the decoded weights", "[quant][linear]") {
  for (const Type type : all_types) {
    for (const std::int64_t columns : widths(type)) {
      for (const std::int64_t outputs : {1, 5, 19}) {
        const quant::PackedTensor weight = random_tensor(type, outputs, columns, 3, 1);
        const std::vector<float> bias = random_values(outputs, 4);
        const std::int64_t tokens = 7;
        const std::vector<float> x = random_values(tokens * columns, 5);
        std::vector<std::vector<float>> rows(static_cast<std::size_t>(outputs),
                                             std::vector<float>(static_cast<std::size_t>(columns)));
        for (std::int64_t o = 0; o < outputs; ++o) quant::decode_row(weight, o, rows[static_cast<std::size_t>(o)]);
        for (const KernelSet set : kernel_sets()) {
          const auto linear = quant::make_linear(weight, bias, set);
          const std::vector<float> y = forward(*linear, x, tokens);
          int wrong = 0;
          for (std::int64_t t = 0; t < tokens; ++t) {
            for (std::int64_t o = 0; o < outputs; ++o) {
              const Expected expected =
                  expected_value(rows[static_cast<std::size_t>(o)], &x[static_cast<std::size_t>(t * columns)],
                                 bias[static_cast<std::size_t>(o)]);
              const float actual = y[static_cast<std::size_t>(t * outputs + o)];
              if (within(actual, expected, columns)) continue;
              if (wrong++ == 0)
                UNSCOPED_INFO("token " << t << " output " << o << ": " << actual << " for " << expected.value);
            }
          }
          INFO(quant::info(type).name << " " << outputs << " x " << columns << " " << quant::to_string(set));
          CHECK(wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("a row's bits are the same alone and among others, at any number of threads", "[quant][linear]") {
  for (const Type type : all_types) {
    const std::int64_t columns = quant::info(type).block_values == 1 ? 1037 : 1280;
    const std::int64_t outputs = 83;
    const quant::PackedTensor weight = random_tensor(type, outputs, columns, 13, 1);
    const std::vector<float> x = random_values(70 * columns, 14);
    for (const KernelSet set : kernel_sets()) {
      INFO(quant::info(type).name << " " << quant::to_string(set));
      const auto linear = quant::make_linear(weight, random_values(outputs, 15), set);
      std::vector<float> alone;
      for (std::int64_t t = 0; t < 70; ++t) {
        const std::vector<float> row(x.begin() + t * columns, x.begin() + (t + 1) * columns);
        const std::vector<float> y = forward(*linear, row, 1);
        alone.insert(alone.end(), y.begin(), y.end());
      }
      for (const std::int64_t tokens : {1, 2, 3, 4, 5, 6, 7, 8, 13, 20, 33, 64, 65, 70}) {
        const std::vector<float> some(x.begin(), x.begin() + tokens * columns);
        for (const int threads : {1, 2, 3}) {
          const std::vector<float> y = forward(*linear, some, tokens, threads);
          INFO(tokens << " tokens, " << threads << " threads");
          CHECK(std::memcmp(y.data(), alone.data(), y.size() * sizeof(float)) == 0);
        }
      }
    }
  }
}

TEST_CASE("no tokens, no outputs and no inputs are products too", "[quant][linear]") {
  for (const KernelSet set : kernel_sets()) {
    CHECK(forward(*quant::make_linear(random_tensor(Type::q4_0, 3, 64, 1), {}, set), {}, 0).empty());
    CHECK(forward(*quant::make_linear(random_tensor(Type::q4_0, 0, 64, 1), {}, set), random_values(64, 1), 1).empty());
    const auto only_bias = quant::make_linear(random_tensor(Type::f32, 2, 0, 1), {3.0F, 4.0F}, set);
    CHECK(forward(*only_bias, {}, 2) == std::vector<float>{3.0F, 4.0F, 3.0F, 4.0F});
  }
}

TEST_CASE("layers whose sizes do not fit are refused", "[quant][linear]") {
  const KernelSet set = KernelSet::portable;
  quant::PackedTensor weight = random_tensor(Type::q8_0, 4, 64, 1);
  CHECK_THROWS_AS(quant::make_linear(weight, {1.0F}, set), std::invalid_argument);
  const auto linear = quant::make_linear(weight, {}, set);
  quant::Threads threads(1);
  std::vector<float> x(128);
  std::vector<float> y(8);
  linear->forward(x, 2, y, threads);
  CHECK_THROWS_AS(linear->forward(x, 1, y, threads), std::invalid_argument);
  CHECK_THROWS_AS(linear->forward(x, 2, std::span(y).first(7), threads), std::invalid_argument);
  CHECK_THROWS_AS(linear->forward(x, -2, y, threads), std::invalid_argument);
  weight.rows = 5;
  CHECK_THROWS_AS(quant::make_linear(weight, {}, set), std::invalid_argument);
  weight.rows = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_AS(quant::make_linear(weight, {}, set), std::invalid_argument);
  weight.rows = -4;
  CHECK_THROWS_AS(quant::make_linear(weight, {}, set), std::invalid_argument);
}

TEST_CASE("kernel sets are chosen by name", "[quant][linear]") {
  for (const KernelSet set : kernel_sets()) CHECK(quant::parse_kernels(quant::to_string(set)) == set);
  CHECK_THROWS_AS(quant::parse_kernels("sse9"), std::invalid_argument);
  CHECK_THROWS_AS(quant::parse_kernels(""), std::invalid_argument);
}
