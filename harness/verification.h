#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "datasets/execution.h"
#include "harness/exit_code.h"
#include "languages/language.h"

namespace qualm::harness {

/// Why a re-run's verdict differs from the recorded one.
enum class DisagreementClass {
  interpreter,       ///< another version of the language: a missing module, a removed function, newer syntax
  load,              ///< a timeout on either side
  nondeterministic,  ///< three runs of ours disagree among themselves
  ours,              ///< none of these: a difference to look into
};
[[nodiscard]] std::string to_string(DisagreementClass disagreement);

struct Disagreement {
  std::filesystem::path file;
  std::size_t index = 0;  ///< of the completion
  datasets::ExecutionResult recorded;
  datasets::ExecutionResult ours;  ///< of the first run
  DisagreementClass disagreement = DisagreementClass::ours;
};

/// Agreement over one run folder.
struct FolderAgreement {
  std::filesystem::path folder;
  std::size_t completions = 0;
  std::size_t same_status = 0;
  std::size_t problems = 0;  ///< over which the two pass@1 are means
  double recorded_pass_at_1 = 0.0;
  double our_pass_at_1 = 0.0;
  std::vector<Disagreement> disagreements;
};

struct Verification {
  std::vector<FolderAgreement> folders;
  std::vector<std::pair<std::string, ExitCode>> problems;  ///< files that could not be read or run
  bool interrupted = false;                                ///< the folders then hold what was verified until there
};

/// All folders as one: sums, and pass@1 over all their problems. Without the disagreements.
[[nodiscard]] FolderAgreement total_of(const std::vector<FolderAgreement>& folders);

/// Classes a disagreement from the recorded result and three of ours.
[[nodiscard]] DisagreementClass classify(const datasets::ExecutionResult& recorded,
                                         const std::vector<datasets::ExecutionResult>& ours);

/// Re-runs the programs of all results below `paths`, `jobs` at once, and compares. Writes nothing.
/// Throws InputError for a path without results.
[[nodiscard]] Verification verify(const std::vector<std::filesystem::path>& paths, const languages::Settings& settings,
                                  std::size_t jobs, const std::stop_token& stop);

}  // namespace qualm::harness
