#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/json_document.h"

namespace qualm::datasets {

/// The settings with which part of a folder's files were made, in run.qualm (JSON): {"version": 1,
/// "<stage>": [settings, ...]}, a stage being "execution" or "generation". A folder made in several goes with other
/// settings has several entries: readers can tell that its files are not of one kind.
///
/// Adds `settings` to `stage` of the record in `folder` unless an equal entry is there; other stages and unknown
/// fields are kept. Throws InputError for a record that cannot be read, OutputError.
void record_settings(const std::filesystem::path& folder, const std::string& stage, const Json& settings);

/// The entries of `stage`, empty where the folder has no record. Throws InputError for a record that cannot be read.
[[nodiscard]] std::vector<Json> recorded_settings(const std::filesystem::path& folder, const std::string& stage);

}  // namespace qualm::datasets
