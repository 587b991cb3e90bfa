#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "datasets/generation_sidecar.h"
#include "datasets/predictions.h"
#include "datasets/problem.h"
#include "generators/generator.h"

namespace qualm::harness {

/// A problem while its completions are generated. Its predictions file appears when all of them are there; until then
/// those that are finished wait in the sidecar, so that a killed run loses little and a resumed one writes the same
/// files.
class GenerationFile {
 public:
  /// Reads what an earlier run finished. `file` is NAME.json.gz in the run's folder; `completions` is how many are
  /// wanted. Throws InputError for files that are there and bad, or whose prompt is not the problem's.
  GenerationFile(std::filesystem::path file, const datasets::Problem& problem, const generators::Sampling& sampling,
                 std::int64_t completions);

  [[nodiscard]] const std::filesystem::path& path() const { return file_; }
  /// Indices of the samples that are still to generate.
  [[nodiscard]] std::vector<std::int64_t> missing() const;
  [[nodiscard]] bool complete() const { return missing_ == 0; }

  /// Takes a finished completion. Writes the predictions file when it was the last one; else the sidecar, not more
  /// often than every two seconds. Throws OutputError.
  void accept(const generators::Completion& completion);
  /// Writes what is finished and not yet on disk. Throws OutputError.
  void save();

 private:
  const std::filesystem::path file_;
  datasets::Predictions predictions_;    // completions: empty strings where missing
  datasets::GenerationSidecar sidecar_;  // entries null where missing, or where another tool generated
  std::vector<bool> present_;
  std::size_t missing_ = 0;
  bool unsaved_ = false;
  std::chrono::steady_clock::time_point last_save_ = std::chrono::steady_clock::now();
};

}  // namespace qualm::harness
