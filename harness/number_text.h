#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace qualm::harness {

/// A double as Python's repr prints it: the shortest digits that read back the same, "1.0" for one, "nan".
[[nodiscard]] std::string shortest_text(double value);

/// Bytes from "2GiB", "512MiB", "1.5GB", "1048576"; std::nullopt for anything else, zero, or more than 2^62.
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(const std::string& text);

/// "512 MiB", "2 GiB", "1.5 GiB".
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// "1 h 02 min", "3 min 20 s", "12 s".
[[nodiscard]] std::string duration_text(std::chrono::seconds duration);

}  // namespace qualm::harness
