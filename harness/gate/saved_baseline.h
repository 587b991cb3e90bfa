#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "datasets/json_document.h"
#include "harness/comparison/run.h"

namespace qualm::harness::gate {

/// A saved baseline: a compact JSON file to commit beside code, with the verdicts, settings and problem hashes of one
/// or more runs, one line a problem, and a SHA-256 over all of it. Texts and outputs are not in it.
///
/// The file's form: {"format": "qualm-baseline", "version": 1, "sha256": "...", "runs": [{"name", "dataset",
/// "language", "model", "label", "settings", "sandbox", "versions", "statuses": ["OK", ...], "problems": {NAME:
/// {"hash", "verdicts"}}}]}. "verdicts" has two characters a completion: its status' place in "statuses" as a letter,
/// and "+" (passed), "!" (passed, suspect) or "-".
void save_baseline(const std::filesystem::path& file, const std::vector<std::shared_ptr<const comparison::Run>>& runs);

/// Throws InputError for a file of another form or version, and for one that was changed since it was saved.
[[nodiscard]] std::vector<std::shared_ptr<const comparison::Run>> read_baseline(const std::filesystem::path& file);
/// The same for a file's JSON; `file` is what errors name.
[[nodiscard]] std::vector<std::shared_ptr<const comparison::Run>> baseline_from_json(const datasets::Json& json,
                                                                                     const std::filesystem::path& file);
/// The "sha256" of a saved baseline with these "runs".
[[nodiscard]] std::string hash_of_runs(const datasets::Json& runs);

/// A saved baseline's runs where `path` is a file that is not a results file, else the runs at or below it.
[[nodiscard]] std::vector<std::shared_ptr<const comparison::Run>> read_baseline_or_runs(
    const std::filesystem::path& path);

}  // namespace qualm::harness::gate
