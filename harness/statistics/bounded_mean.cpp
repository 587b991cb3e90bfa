#include "harness/statistics/bounded_mean.h"

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numbers>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace qualm::harness::statistics {
namespace {

/// A value of the sample and how often it occurs: a sum of that many unit exponentials is one gamma variable.
struct Atom {
  double value = 0;
  double count = 0;
};

std::vector<Atom> atoms_of(std::span<const double> values, double extreme) {
  if (values.empty()) throw std::invalid_argument("confidence bound of a mean: there are no values");
  std::map<double, double> counts;
  for (const double value : values) counts[value] += 1;
  counts[extreme] += 1;
  std::vector<Atom> atoms;
  atoms.reserve(counts.size());
  for (const auto& [value, count] : counts) atoms.push_back({value, count});
  return atoms;
}

/// P(sum of Gamma(count) * (value - threshold) <= 0).
double cdf(const std::vector<Atom>& atoms, double threshold) {
  const auto [smallest, largest] = std::minmax_element(
      atoms.begin(), atoms.end(), [](const Atom& left, const Atom& right) { return left.value < right.value; });
  if (threshold >= largest->value) return 1;
  if (threshold < smallest->value) return 0;
  double sum_of_squares = 0;
  for (const Atom& atom : atoms) sum_of_squares += atom.count * (atom.value - threshold) * (atom.value - threshold);
  const double scale = 1 / std::sqrt(sum_of_squares);
  double centre = 0;
  for (const Atom& atom : atoms) centre += atom.count * (atom.value - threshold) * scale;

  const auto integrand = [&](double frequency) {
    if (frequency == 0) return centre;
    double angle = 0;
    double log_modulus = 0;
    for (const Atom& atom : atoms) {
      const double argument = (atom.value - threshold) * scale * frequency;
      angle += atom.count * std::atan(argument);
      log_modulus += 0.5 * atom.count * std::log1p(argument * argument);
    }
    return std::sin(angle) * std::exp(-log_modulus) / frequency;
  };
  // Half the mass of the integrand lies below a frequency of about one: the scaled sum has unit variance. The pieces
  // keep the rule fine there; the far ones and the tail matter for a handful of values, or where one outweighs the
  // rest.
  using Rule = boost::math::quadrature::gauss_kronrod<double, 31>;
  constexpr double tolerance = 1e-10;
  // The integrand's modulus only falls: once it is this small, what is left is below a double's rounding.
  constexpr double negligible_log_modulus = 42;
  const auto log_modulus_at = [&](double frequency) {
    double sum = 0;
    for (const Atom& atom : atoms) {
      const double argument = (atom.value - threshold) * scale * frequency;
      sum += 0.5 * atom.count * std::log1p(argument * argument);
    }
    return sum;
  };
  double integral = 0;
  double start = 0;
  for (const double end : {2.0, 5.0, 12.0, 40.0, 150.0, 600.0, 2500.0}) {
    integral += Rule::integrate(integrand, start, end, 8, tolerance);
    start = end;
    if (log_modulus_at(start) > negligible_log_modulus) return std::clamp(0.5 - integral / std::numbers::pi, 0.0, 1.0);
  }
  integral += Rule::integrate(integrand, start, std::numeric_limits<double>::infinity(), 10, tolerance);
  return std::clamp(0.5 - integral / std::numbers::pi, 0.0, 1.0);
}

}  // namespace

double weighted_mean_cdf(std::span<const double> values, double extreme, double threshold) {
  return cdf(atoms_of(values, extreme), threshold);
}

double weighted_mean_quantile(std::span<const double> values, double extreme, double probability) {
  if (!(probability > 0 && probability < 1)) {
    throw std::invalid_argument("confidence bound of a mean: the probability must lie between 0 and 1, got " +
                                std::to_string(probability));
  }
  const std::vector<Atom> atoms = atoms_of(values, extreme);
  const double low = atoms.front().value;
  const double high = atoms.back().value;
  if (low == high) return low;
  std::uintmax_t iterations = 100;
  const auto [left, right] = boost::math::tools::toms748_solve(
      [&](double threshold) { return cdf(atoms, threshold) - probability; }, low, high, -probability, 1 - probability,
      boost::math::tools::eps_tolerance<double>(40), iterations);
  return left + (right - left) / 2;
}

}  // namespace qualm::harness::statistics
