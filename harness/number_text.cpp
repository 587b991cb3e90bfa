#include "harness/number_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace qualm::harness {

std::string shortest_text(double value) {
  std::string text = fmt::format("{}", value);
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::optional<std::uint64_t> parse_bytes(const std::string& text) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) return std::nullopt;
  std::string unit(end, text.data() + text.size());
  if (!unit.empty() && unit.front() == ' ') unit.erase(0, 1);
  static constexpr std::array<std::pair<const char*, double>, 13> units = {{{"", 1.0},
                                                                            {"B", 1.0},
                                                                            {"K", 1024.0},
                                                                            {"KiB", 1024.0},
                                                                            {"kB", 1e3},
                                                                            {"KB", 1e3},
                                                                            {"M", 1048576.0},
                                                                            {"MiB", 1048576.0},
                                                                            {"MB", 1e6},
                                                                            {"G", 1073741824.0},
                                                                            {"GiB", 1073741824.0},
                                                                            {"GB", 1e9},
                                                                            {"TiB", 1099511627776.0}}};
  for (const auto& [name, factor] : units) {
    if (unit != name) continue;
    const double bytes = number * factor;
    if (!(bytes >= 1.0) || bytes > 4.6e18) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
  }
  return std::nullopt;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::uint64_t gibibyte = 1ULL << 30;
  constexpr std::uint64_t mebibyte = 1ULL << 20;
  if (bytes >= gibibyte && bytes % gibibyte == 0) return fmt::format("{} GiB", bytes / gibibyte);
  if (bytes >= gibibyte) return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(gibibyte));
  if (bytes >= mebibyte) return fmt::format("{} MiB", bytes / mebibyte);
  return fmt::format("{} bytes", bytes);
}

std::string duration_text(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds >= 3600) return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
  if (seconds >= 60) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} s", seconds);
}

}  // namespace qualm::harness
