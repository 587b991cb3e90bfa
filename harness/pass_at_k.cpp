#include "harness/pass_at_k.h"

#include <array>
#include <limits>

namespace qualm::harness {
namespace {

// numpy's pairwise summation: up to 8 values in order, up to 128 in eight interleaved sums, longer ones halved at a
// multiple of eight.
double pairwise_sum(std::span<const double> values) {
  constexpr std::size_t lanes = 8;
  constexpr std::size_t block = 128;
  if (values.size() < lanes) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum;
  }
  if (values.size() <= block) {
    std::array<double, lanes> sums{};
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] = values[lane];
    std::size_t i = lanes;
    for (; i + lanes <= values.size(); i += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += values[i + lane];
    double sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (; i < values.size(); ++i) sum += values[i];
    return sum;
  }
  const std::size_t half = values.size() / 2 / lanes * lanes;
  return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
}

}  // namespace

double pass_at_k(std::int64_t completions, std::int64_t passed, std::int64_t k) {
  if (completions - passed < k) return 1.0;
  double product = 1.0;
  for (std::int64_t i = completions - passed + 1; i <= completions; ++i)
    product *= 1.0 - static_cast<double>(k) / static_cast<double>(i);
  return 1.0 - product;
}

double mean(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  return pairwise_sum(values) / static_cast<double>(values.size());
}

}  // namespace qualm::harness
