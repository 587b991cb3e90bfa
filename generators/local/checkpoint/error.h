#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace qualm::generators::local {

/// A model that cannot be used: a file cut or malformed, an architecture or type that is not known, a tensor missing or
/// of another shape. The message names file, place and reason. Exit code 2.
class CheckpointError : public std::runtime_error {
 public:
  CheckpointError(const std::filesystem::path& file, const std::string& reason)
      : std::runtime_error(fmt::format("{}: {}", file.string(), reason)) {}
};

}  // namespace qualm::generators::local
