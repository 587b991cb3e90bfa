#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "harness/shard.h"
#include "languages/language.h"

namespace qualm::harness {

/// One predictions file and where what is made of it goes.
struct ExecutionFilePlan {
  std::filesystem::path predictions;
  std::filesystem::path results;
  std::filesystem::path cleaned_predictions;  ///< empty where nothing is cleaned
};

/// Finds the predictions files of `paths` (files or folders, folders recursively), keeps those of `shard` (by position
/// among the name-sorted files of each folder), and says where results go: beside each file, or below
/// `output_folder` keeping paths relative to the given folder (with several given, each below its own name).
/// `cleaned` says that cleaned predictions are written beside the results.
/// Throws InputError for a path that does not exist or holds no predictions, UsageError where two files would write
/// the same results or cleaning would overwrite its input.
[[nodiscard]] std::vector<ExecutionFilePlan> plan_execution(const std::vector<std::filesystem::path>& paths,
                                                            const std::filesystem::path& output_folder, bool cleaned,
                                                            const Shard& shard);

}  // namespace qualm::harness
