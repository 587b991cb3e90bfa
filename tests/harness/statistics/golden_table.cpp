#include "golden_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace qualm::harness::statistics {

std::vector<std::vector<std::string>> golden_rows(const std::string& name) {
  const std::string path = std::string(QUALM_SOURCE_DIR) + "/tests/golden/statistics/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string>& row = rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
  }
  if (rows.empty()) throw std::runtime_error(path + " has no rows");
  return rows;
}

double golden_number(const std::string& text) { return std::stod(text); }

std::vector<double> golden_numbers(const std::string& text) {
  std::istringstream cells(text);
  std::vector<double> numbers;
  for (std::string cell; cells >> cell;) numbers.push_back(golden_number(cell));
  return numbers;
}

std::vector<std::int64_t> golden_whole_numbers(const std::string& text) {
  std::istringstream cells(text);
  std::vector<std::int64_t> numbers;
  for (std::int64_t number = 0; cells >> number;) numbers.push_back(number);
  return numbers;
}

std::string difference(double actual, double expected, double relative, double smallest) {
  if (std::isnan(expected) && std::isnan(actual)) return "";
  if (actual == expected) return "";
  if (std::abs(actual) < smallest && std::abs(expected) < smallest) return "";
  if (std::abs(actual - expected) <= relative * std::max(std::abs(actual), std::abs(expected)) &&
      std::isfinite(expected)) {
    return "";
  }
  return fmt::format("got {:.17g}, expected {:.17g}", actual, expected);
}

}  // namespace qualm::harness::statistics
