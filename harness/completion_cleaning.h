#pragma once

#include <cstddef>
#include <filesystem>

#include "datasets/predictions.h"
#include "languages/language.h"

namespace qualm::harness {

/// Cuts every completion of `predictions` after its first function; returns how many changed. `file` is where they come
/// from, for messages. Throws InputError for a language that Qualm does not clean.
std::size_t clean_completions(datasets::Predictions& predictions, languages::Cleaning cleaning,
                              const std::filesystem::path& file);

}  // namespace qualm::harness
