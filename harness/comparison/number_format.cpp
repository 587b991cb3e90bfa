#include "harness/comparison/number_format.h"

#include <fmt/format.h>

#include <cmath>

namespace qualm::harness::comparison {

std::string r_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Inf" : "-Inf";
  return fmt::format("{:.15g}", value);
}

std::string p_text(double p) {
  constexpr double smallest_shown = 0.001;
  if (p < smallest_shown) return "< 0.001";
  return fmt::format("{:.3f}", p);
}

std::string points_text(double share) {
  const std::string text = fmt::format("{:.1f}", 100 * share);
  return text == "-0.0" ? "0.0" : text;
}

datasets::Json json_number(double value) {
  if (!std::isfinite(value)) return r_text(value);
  return value;
}

}  // namespace qualm::harness::comparison
