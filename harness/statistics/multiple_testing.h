#pragma once

#include <span>
#include <string>
#include <vector>

namespace qualm::harness::statistics {

/// Benjamini and Hochberg's (1995) adjusted p-values of one family, in the order given: R's p.adjust(p, "BH").
/// Throws std::invalid_argument for a p outside [0, 1].
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p_values);

/// The same within families: p_values[i] belongs to the family named families[i].
/// Throws std::invalid_argument when the lengths differ.
[[nodiscard]] std::vector<double> benjamini_hochberg(std::span<const double> p_values,
                                                     std::span<const std::string> families);

}  // namespace qualm::harness::statistics
