#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qualm::datasets {

/// The file of a run's settings, beside the predictions or results it speaks of.
inline constexpr const char* run_record_name = "run.qualm";

/// What a file in a run folder is, by its name alone (MultiPL-E's reading rules).
enum class FileKind {
  predictions,  ///< *.json or *.json.gz that is not results
  results,      ///< *.results.json or *.results.json.gz
  other,
};
[[nodiscard]] FileKind kind_of(const std::filesystem::path& file);

/// The problem's name that a predictions or results file's name stands for: without its suffixes.
[[nodiscard]] std::string stem_of(const std::filesystem::path& file);

/// NAME.results.json.gz in `folder`; NAME.results.json for predictions in plain JSON.
[[nodiscard]] std::filesystem::path results_path(const std::filesystem::path& folder,
                                                 const std::filesystem::path& predictions);
/// NAME.execution.qualm beside `results`.
[[nodiscard]] std::filesystem::path execution_sidecar_path(const std::filesystem::path& results);

/// The files of `kind` at `path`: itself where it is a file, those inside (also in sub-folders where `recursive`) where
/// it is a folder; sorted by name. Links to folders are not followed. Throws InputError where `path` does not exist or
/// cannot be listed.
[[nodiscard]] std::vector<std::filesystem::path> list_files(const std::filesystem::path& path, FileKind kind,
                                                            bool recursive);

}  // namespace qualm::datasets
