#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/problem.h"

namespace qualm::harness {

/// One thing that is wrong in a run folder.
struct Finding {
  std::string kind;  ///< one of finding_kinds()
  std::filesystem::path place;
  std::string message;
};

/// The kinds of finding, as the command line names them.
[[nodiscard]] const std::vector<std::string>& finding_kinds();

/// Reads one run folder (its own files, not those of folders below) and lists what is wrong with it. `problems` is the
/// data set its files are held against; empty: the shipped benchmark that its files' names belong to, if any.
/// A bad file is a finding, never an exception.
[[nodiscard]] std::vector<Finding> audit_folder(const std::filesystem::path& folder,
                                                const std::vector<datasets::Problem>& problems);

/// The folders at and below `path` that hold predictions, results or what is left of them, sorted.
/// Throws InputError where `path` is not a folder or there are none.
[[nodiscard]] std::vector<std::filesystem::path> folders_to_audit(const std::filesystem::path& path);

}  // namespace qualm::harness
