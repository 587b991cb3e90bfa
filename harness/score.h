#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace qualm::harness {

/// pass@k of one run folder (or one results file).
struct Score {
  std::string data_set;  ///< the folder's name, as MultiPL-E prints it
  std::filesystem::path folder;
  double temperature = 0.0;
  std::map<std::int64_t, double> estimates;  ///< by k
  std::size_t problems = 0;
  std::size_t minimum_completions = 0;
  std::size_t maximum_completions = 0;
  std::map<std::string, std::size_t> statuses;  ///< completions by status
  std::size_t suspects = 0;                     ///< passes without evidence that the tests ran (sidecars)
  std::string sandbox;                          ///< levels of run.qualm, joined by "+"; "unknown" without a record
  std::vector<std::string> warnings;            ///< what a reader of the numbers should know
};

/// The run folders at `path`: itself where it holds results, else every folder below that does, sorted; a results file
/// stands for itself. Throws InputError where there are no results.
[[nodiscard]] std::vector<std::filesystem::path> run_folders(const std::filesystem::path& path);

/// Scores one run folder. `ks` empty: pass@1, and at temperature 0.8 also pass@10 and pass@100, as MultiPL-E does.
/// With `strict` a suspect pass counts as a failure; statuses stay what they are.
/// Throws InputError where a file is bad or temperatures are mixed.
[[nodiscard]] Score score_folder(const std::filesystem::path& path, const std::vector<std::int64_t>& ks,
                                 bool strict = false);

}  // namespace qualm::harness
