#include "harness/statistics/permutation.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <vector>

namespace qualm::harness::statistics {
namespace {

/// Additions that counting sums may take; beyond, random flips are as good and quicker.
constexpr double largest_count_of_additions = 5e7;

/// Drops as whole multiples of one over the least common multiple of all numbers of completions; nullopt when counting
/// their sums would take too long.
std::optional<std::vector<std::int64_t>> whole_differences(std::span<const ProblemOutcome> problems) {
  std::int64_t denominator = 1;
  constexpr std::int64_t largest_denominator = std::int64_t{1} << 32U;
  for (const ProblemOutcome& problem : problems) {
    for (const std::int64_t completions : {problem.baseline_completions, problem.candidate_completions}) {
      // Both factors stay below 2^32, so the multiple fits.
      denominator = std::lcm(denominator, completions);
      if (denominator >= largest_denominator) return std::nullopt;
    }
  }
  std::vector<std::int64_t> differences;
  double range = 0;
  double nonzero = 0;
  for (const ProblemOutcome& problem : problems) {
    const std::int64_t difference = problem.baseline_passed * (denominator / problem.baseline_completions) -
                                    problem.candidate_passed * (denominator / problem.candidate_completions);
    differences.push_back(difference);
    range += std::abs(static_cast<double>(difference));
    nonzero += difference == 0 ? 0 : 1;
  }
  if (range * nonzero > largest_count_of_additions) return std::nullopt;
  return differences;
}

}  // namespace

double sign_flip_p_exact(std::span<const std::int64_t> differences) {
  std::vector<std::size_t> magnitudes;
  std::int64_t observed = 0;
  for (const std::int64_t difference : differences) {
    observed += difference;
    if (difference != 0) magnitudes.push_back(static_cast<std::size_t>(std::abs(difference)));
  }
  // share[s]: the share of sign choices whose positive differences sum to s. The signed sum is then 2 s - total.
  const std::size_t total = std::accumulate(magnitudes.begin(), magnitudes.end(), std::size_t{0});
  std::vector<double> share(total + 1, 0.0);
  share[0] = 1;
  std::size_t reached = 0;
  for (const std::size_t magnitude : magnitudes) {
    for (std::size_t sum = reached + 1; sum-- > 0;) {
      const double half = share[sum] / 2;
      share[sum] = half;
      share[sum + magnitude] += half;
    }
    reached += magnitude;
  }
  const std::int64_t whole = static_cast<std::int64_t>(total);
  double p = 0;
  for (std::size_t sum = 0; sum <= total; ++sum) {
    const std::int64_t signed_sum = 2 * static_cast<std::int64_t>(sum) - whole;
    if (std::abs(signed_sum) >= std::abs(observed)) p += share[sum];
  }
  return std::min(1.0, p);
}

double sign_flip_p_monte_carlo(std::span<const double> differences, std::uint32_t flips, std::uint64_t seed) {
  double observed = 0;
  double magnitude = 0;
  for (const double difference : differences) {
    observed += difference;
    magnitude += std::abs(difference);
  }
  // Sums that differ by rounding only are ties.
  const double threshold = std::abs(observed) - 1e-12 * magnitude;
  RandomNumbers random(seed);
  std::uint32_t as_extreme = 0;
  for (std::uint32_t flip = 0; flip < flips; ++flip) {
    double sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t index = 0; index < differences.size(); ++index) {
      if (index % 64 == 0) bits = random.bits();
      sum += (bits & 1U) != 0 ? differences[index] : -differences[index];
      bits >>= 1U;
    }
    as_extreme += std::abs(sum) >= threshold ? 1U : 0U;
  }
  return (1.0 + as_extreme) / (1.0 + flips);
}

PermutationTest permutation_test(std::span<const ProblemOutcome> problems, std::uint64_t seed) {
  if (const auto differences = whole_differences(problems)) return {sign_flip_p_exact(*differences), true};
  std::vector<double> drops;
  drops.reserve(problems.size());
  for (const ProblemOutcome& problem : problems) drops.push_back(problem.drop());
  return {sign_flip_p_monte_carlo(drops, monte_carlo_flips, seed), false};
}

}  // namespace qualm::harness::statistics
