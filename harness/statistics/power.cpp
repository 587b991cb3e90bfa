#include "harness/statistics/power.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "harness/statistics/proportion.h"

namespace qualm::harness::statistics {
namespace {

constexpr double most_problems = 1e6;
constexpr double most_completions = 1e4;

/// The smallest whole number in [first, last] for which `enough` holds; it must hold for all larger ones too.
template <typename Predicate>
std::optional<std::uint64_t> smallest_enough(double first, double last, const Predicate& enough) {
  auto low = static_cast<std::uint64_t>(first);
  auto high = static_cast<std::uint64_t>(last);
  if (!enough(static_cast<double>(high))) return std::nullopt;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (enough(static_cast<double>(middle))) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

std::optional<double> DropVariance::with_completions(double number) const {
  // The harmonic mean of equal numbers is that number up to rounding.
  if (std::abs(number - completions_per_problem) < 1e-9 * number) return total;
  if (!completions) return std::nullopt;
  const double between_problems = std::max(0.0, total - *completions / completions_per_problem);
  return between_problems + *completions / number;
}

DropVariance drop_variance(std::span<const ProblemOutcome> problems) {
  if (problems.empty()) throw std::invalid_argument("variance of the drop: there are no problems");
  const double count = static_cast<double>(problems.size());
  double sum = 0;
  double sum_of_reciprocals = 0;
  double sampling = 0;
  bool single_completions = false;
  for (const ProblemOutcome& problem : problems) {
    sum += problem.drop();
    for (const auto& [passed, completions] : {std::pair{problem.baseline_passed, problem.baseline_completions},
                                              std::pair{problem.candidate_passed, problem.candidate_completions}}) {
      sum_of_reciprocals += 1.0 / completions;
      if (completions < 2) {
        single_completions = true;
        continue;
      }
      const double rate = static_cast<double>(passed) / completions;
      sampling += rate * (1 - rate) * completions / (completions - 1.0);
    }
  }
  double squares = 0;
  double cubes = 0;
  for (const ProblemOutcome& problem : problems) {
    squares += std::pow(problem.drop() - sum / count, 2);
    cubes += std::pow(problem.drop() - sum / count, 3);
  }
  DropVariance variance;
  variance.total = count > 1 ? squares / (count - 1) : 1;
  variance.completions_per_problem = 2 * count / sum_of_reciprocals;
  if (!single_completions) variance.completions = sampling / count;
  variance.plausible_change = plausible_change(problems);
  if (squares > 0) variance.skewness = cubes / count / std::pow(squares / count, 1.5);
  return variance;
}

double power(double drop, double alpha, double problems, double variance, double plausible_change, double skewness) {
  // Mean and variance of the weighted mean whose alpha quantile is the lower bound, at an average sample.
  const double mean = (problems * drop - plausible_change) / (problems + 1);
  const double spread = problems / (problems + 1) * variance * std::max(0.0, problems - 1) / problems +
                        problems / std::pow(problems + 1, 2) * std::pow(drop + plausible_change, 2);
  const double standard_deviation = std::sqrt(spread / (problems + 2));
  const double standard_error = std::sqrt(variance / problems) * problems / (problems + 1);
  // Skewness over the root of the problems: small, or these are too few problems for an expansion.
  const double skew = std::clamp(skewness / std::sqrt(problems), -0.5, 0.5);
  const double normal = normal_quantile(1 - alpha);
  const double clearance = mean - (normal - (normal * normal - 1) * skew / 6) * standard_deviation;
  if (standard_error == 0) return clearance > 0 ? 1 : 0;
  // A mean above its expectation comes with a larger variance, which takes a part of the gain back.
  const double at = clearance / (standard_error * (1 - normal * skew / 2));
  constexpr double normal_density_at_0 = 0.3989422804014327;
  const double density = normal_density_at_0 * std::exp(-at * at / 2);
  return std::clamp(normal_cdf(at) + (at * at - 1) * skew / 6 * density, 0.0, 1.0);
}

std::optional<double> smallest_detectable_drop(double alpha, double problems, double variance, double plausible_change,
                                               double wanted_power, double skewness) {
  double low = 0;
  double high = 1;
  if (power(high, alpha, problems, variance, plausible_change, skewness) < wanted_power) return std::nullopt;
  while (high - low > 1e-9) {
    const double middle = (low + high) / 2;
    (power(middle, alpha, problems, variance, plausible_change, skewness) < wanted_power ? low : high) = middle;
  }
  return high;
}

Needed needed_to_settle(double distance, double alpha, std::size_t problems, const DropVariance& variance,
                        double wanted_power) {
  Needed needed;
  if (!(distance > 0)) return needed;
  const double change = variance.plausible_change;
  needed.problems = smallest_enough(static_cast<double>(problems), most_problems, [&](double number) {
    return power(distance, alpha, number, variance.total, change) >= wanted_power;
  });
  if (variance.completions) {
    needed.completions =
        smallest_enough(std::ceil(variance.completions_per_problem), most_completions, [&](double number) {
          return power(distance, alpha, static_cast<double>(problems), *variance.with_completions(number), change) >=
                 wanted_power;
        });
  }
  return needed;
}

}  // namespace qualm::harness::statistics
