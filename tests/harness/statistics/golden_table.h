#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace qualm::harness::statistics {

/// The rows of tests/golden/statistics/NAME, without the header. Throws std::runtime_error where it cannot be read.
[[nodiscard]] std::vector<std::vector<std::string>> golden_rows(const std::string& name);

/// A number as Python prints it, "inf" and "nan" included.
[[nodiscard]] double golden_number(const std::string& text);
[[nodiscard]] std::vector<double> golden_numbers(const std::string& text);
[[nodiscard]] std::vector<std::int64_t> golden_whole_numbers(const std::string& text);

/// Empty when `actual` is within a relative tolerance of `expected` (both NaN or the same infinity count as equal);
/// else what differs. Values below `smallest` count as equal to each other.
[[nodiscard]] std::string difference(double actual, double expected, double relative, double smallest = 0);

}  // namespace qualm::harness::statistics
