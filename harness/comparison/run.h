#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "datasets/json_document.h"
#include "harness/comparison/run_place.h"

namespace qualm::harness::comparison {

/// One completion's verdict and what the comparison looks at besides.
struct Verdict {
  bool passed = false;
  bool suspect = false;    ///< passed without evidence that its tests ran
  bool truncated = false;  ///< ended by the limit of tokens, as far as a generation sidecar says
  std::string status;      ///< as the results file has it
  std::string failure;     ///< failure_of, or "passed"
  std::string completion;  ///< its text; empty for a saved baseline's
  bool has_text = true;    ///< false where the text is not known
};

/// One problem of a run.
struct ProblemVerdicts {
  std::filesystem::path file;
  std::string problem_hash;  ///< of prompt and tests, SHA-256 in hexadecimal, cut to 16 digits; empty where the file
                             ///< has neither
  std::vector<Verdict> verdicts;

  [[nodiscard]] std::uint32_t completions() const { return static_cast<std::uint32_t>(verdicts.size()); }
  [[nodiscard]] std::uint32_t passed() const;
};

/// A run's verdicts by problem, and the settings it was made with. A setting nobody wrote down is absent.
struct Run {
  std::filesystem::path path;
  std::string name;  ///< the folder's name, or a results file's
  RunPlace place;
  std::map<std::string, ProblemVerdicts> problems;
  /// Settings that must be equal for two runs to be comparable, as text: "temperature", "timeout_seconds" ... A setting
  /// with several values in one run has them joined by " and ".
  std::map<std::string, std::string> settings;
  std::string sandbox;                          ///< levels, joined by "+"; empty where nothing is recorded
  std::map<std::string, std::string> versions;  ///< of the tools that ran the programs
  std::size_t without_verdicts = 0;             ///< results files without any result
  std::size_t predictions_without_results = 0;

  [[nodiscard]] std::size_t suspects() const;
};

/// Reads a results file, or the results files of one folder (not of those below it), with several threads. Throws
/// InputError for a file that is bad, for a problem that stands twice, or where there are no results.
[[nodiscard]] Run read_run(const std::filesystem::path& path);

/// The data set's name: as the path says, else that of the shipped benchmark its problems' names belong to.
[[nodiscard]] std::string dataset_of(const Run& run);

}  // namespace qualm::harness::comparison
