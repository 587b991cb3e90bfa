#pragma once

#include <string>

#include "datasets/json_document.h"

namespace qualm::harness::comparison {

/// A number as R prints it with 15 significant digits, as its write.csv does: "Inf", "-Inf", "NaN", "0.25".
[[nodiscard]] std::string r_text(double value);

/// A p-value for readers: "0.032", "< 0.001".
[[nodiscard]] std::string p_text(double p);

/// A share in points, with one digit: 0.0523 -> "5.2".
[[nodiscard]] std::string points_text(double share);

/// JSON has no infinity and no NaN: those are the strings "Inf", "-Inf" and "NaN"; every other value is a number.
[[nodiscard]] datasets::Json json_number(double value);

}  // namespace qualm::harness::comparison
