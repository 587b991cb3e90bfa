#pragma once

#include <cstdint>
#include <random>

namespace qualm::harness::statistics {

/// Seed of every resampling unless the user gives another: results are the same on every machine and every run.
inline constexpr std::uint64_t default_seed = 20250310;

/// The 64-bit Mersenne Twister, whose sequence the C++ standard fixes, with transforms of our own: those of <random>
/// differ between standard libraries.
class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] std::uint64_t bits() { return engine_(); }

  /// Uniform in [0, 1), a multiple of 2^-53.
  [[nodiscard]] double uniform() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }

  /// Uniform in {0, ..., bound - 1}; bound lies in 1..2^32. Unbiased (Lemire 2019).
  [[nodiscard]] std::uint32_t below(std::uint64_t bound);

  /// Standard normal (Marsaglia's polar method).
  [[nodiscard]] double normal();

  /// Gamma with unit scale (Marsaglia and Tsang 2000); shape > 0.
  [[nodiscard]] double gamma(double shape);

  /// Beta; both shapes > 0.
  [[nodiscard]] double beta(double first, double second);

  /// The number of successes among `trials` draws with this probability.
  [[nodiscard]] std::uint32_t binomial(std::uint32_t trials, double probability);

 private:
  std::mt19937_64 engine_;
};

}  // namespace qualm::harness::statistics
