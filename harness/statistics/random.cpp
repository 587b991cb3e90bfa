#include "harness/statistics/random.h"

#include <cmath>

namespace qualm::harness::statistics {

std::uint32_t RandomNumbers::below(std::uint64_t bound) {
  std::uint64_t product = (engine_() >> 32U) * bound;
  if (std::uint64_t low = product & 0xFFFFFFFFU; low < bound) {
    const std::uint64_t threshold = (std::uint64_t{1} << 32U) % bound;
    while (low < threshold) {
      product = (engine_() >> 32U) * bound;
      low = product & 0xFFFFFFFFU;
    }
  }
  return static_cast<std::uint32_t>(product >> 32U);
}

double RandomNumbers::normal() {
  for (;;) {
    const double first = 2 * uniform() - 1;
    const double second = 2 * uniform() - 1;
    const double squared = first * first + second * second;
    if (squared > 0 && squared < 1) return first * std::sqrt(-2 * std::log(squared) / squared);
  }
}

double RandomNumbers::gamma(double shape) {
  if (shape < 1) {
    const double boosted = gamma(shape + 1);
    return boosted * std::pow(1 - uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double cubed = std::pow(1 + c * x, 3);
    if (cubed <= 0) continue;
    const double log_uniform = std::log(1 - uniform());
    if (log_uniform < 0.5 * x * x + d - d * cubed + d * std::log(cubed)) return d * cubed;
  }
}

double RandomNumbers::beta(double first, double second) {
  for (;;) {
    const double left = gamma(first);
    const double right = gamma(second);
    // Tiny shapes can underflow both.
    if (left + right > 0) return left / (left + right);
  }
}

std::uint32_t RandomNumbers::binomial(std::uint32_t trials, double probability) {
  std::uint32_t successes = 0;
  for (std::uint32_t trial = 0; trial < trials; ++trial) successes += uniform() < probability ? 1U : 0U;
  return successes;
}

}  // namespace qualm::harness::statistics
