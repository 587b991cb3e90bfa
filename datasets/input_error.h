#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace qualm::datasets {

/// A file that cannot be used as it is: unreadable, cut, not JSON, a field missing or of a wrong type. The message
/// names the file, the place in it (line or byte, field) and the reason.
class InputError : public std::runtime_error {
 public:
  InputError(const std::filesystem::path& file, const std::string& reason)
      : std::runtime_error(fmt::format("{}: {}", file.string(), reason)) {}
};

/// A file that could not be written: a full disk, a read-only folder. The message names the file and the reason.
class OutputError : public std::runtime_error {
 public:
  OutputError(const std::filesystem::path& file, const std::string& reason)
      : std::runtime_error(fmt::format("{}: {}", file.string(), reason)) {}
};

}  // namespace qualm::datasets
