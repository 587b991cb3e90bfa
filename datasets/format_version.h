#pragma once

#include <cstdint>
#include <filesystem>

#include "datasets/input_error.h"
#include "datasets/json_document.h"

namespace qualm::datasets {

/// Throws InputError where the "version" of a file of ours is not the one that this program reads.
inline void check_version(const Fields& fields, const std::filesystem::path& file, std::int64_t current) {
  if (const std::int64_t version = fields.integer("version"); version != current)
    throw InputError(file, fmt::format("is of version {}; this program reads version {}", version, current));
}

}  // namespace qualm::datasets
