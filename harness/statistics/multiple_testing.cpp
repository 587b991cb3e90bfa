#include "harness/statistics/multiple_testing.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>

namespace qualm::harness::statistics {

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  for (const double p : p_values) {
    if (!(p >= 0 && p <= 1)) {
      throw std::invalid_argument("Benjamini-Hochberg: a p-value must lie in [0, 1], got " + std::to_string(p));
    }
  }
  std::vector<std::size_t> descending(p_values.size());
  std::iota(descending.begin(), descending.end(), std::size_t{0});
  std::stable_sort(descending.begin(), descending.end(),
                   [&](std::size_t left, std::size_t right) { return p_values[left] > p_values[right]; });
  std::vector<double> adjusted(p_values.size());
  const double tests = static_cast<double>(p_values.size());
  double smallest = 1;
  double rank = tests;
  for (const std::size_t index : descending) {
    smallest = std::min(smallest, tests / rank * p_values[index]);
    adjusted[index] = smallest;
    rank -= 1;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p_values, std::span<const std::string> families) {
  if (p_values.size() != families.size()) {
    throw std::invalid_argument("Benjamini-Hochberg: " + std::to_string(p_values.size()) + " p-values but " +
                                std::to_string(families.size()) + " family names");
  }
  std::map<std::string, std::vector<std::size_t>> members;
  for (std::size_t index = 0; index < families.size(); ++index) members[families[index]].push_back(index);
  std::vector<double> adjusted(p_values.size());
  for (const auto& [family, indices] : members) {
    std::vector<double> in_family;
    in_family.reserve(indices.size());
    for (const std::size_t index : indices) in_family.push_back(p_values[index]);
    const std::vector<double> adjusted_in_family = benjamini_hochberg(in_family);
    for (std::size_t position = 0; position < indices.size(); ++position) {
      adjusted[indices[position]] = adjusted_in_family[position];
    }
  }
  return adjusted;
}

}  // namespace qualm::harness::statistics
