#pragma once

#include <cstdint>
#include <span>

#include "harness/statistics/clustered.h"
#include "harness/statistics/random.h"

namespace qualm::harness::statistics {

/// A paired (sign-flip) permutation test: were the two runs alike, each problem's drop could as well have had the other
/// sign.
struct PermutationTest {
  double p = 1;       ///< two-sided: how often a sum at least as far from zero arises
  bool exact = true;  ///< over all sign flips; false: over `monte_carlo_flips` seeded ones, counting the observed one
};

inline constexpr std::uint32_t monte_carlo_flips = 100'000;

/// The test on the mean drop over problems. Exact whenever the drops are whole multiples of one small fraction (equal
/// numbers of completions make it so), however many problems there are: sums are counted, not enumerated.
[[nodiscard]] PermutationTest permutation_test(std::span<const ProblemOutcome> problems,
                                               std::uint64_t seed = default_seed);

/// Two-sided sign-flip p-value of whole numbers, by counting sums.
[[nodiscard]] double sign_flip_p_exact(std::span<const std::int64_t> differences);

/// The same by `flips` seeded random sign flips: (1 + as extreme) / (1 + flips).
[[nodiscard]] double sign_flip_p_monte_carlo(std::span<const double> differences, std::uint32_t flips,
                                             std::uint64_t seed);

}  // namespace qualm::harness::statistics
