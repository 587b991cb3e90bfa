#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/problem.h"
#include "harness/shard.h"

namespace qualm::harness {

/// Which problems are answered, and under what name their run is kept.
struct GenerationSelection {
  std::string data_set;                ///< a shipped benchmark's name, or a problem file's path
  std::vector<std::string> languages;  ///< MultiPL-E's short names; for a problem file empty means all that it holds
  std::string problems;                ///< regular expression (ECMAScript) searched in problem names; empty: all
  std::int64_t limit = 0;              ///< the first so many of each language, by name; 0: all
  Shard shard;                         ///< divides what is chosen
};

/// The problems of one language and the name of the folder of its run.
struct GenerationRunPlan {
  std::string run;  ///< DATASET-LANG-MODEL-TEMPERATURE-reworded
  std::string language;
  std::vector<datasets::Problem> problems;  ///< sorted by name
};

/// Throws InputError for a data set or problem file that cannot be read, UsageError where nothing is chosen or the
/// regular expression is bad.
[[nodiscard]] std::vector<GenerationRunPlan> plan_generation(const GenerationSelection& selection,
                                                             const std::string& model_name, double temperature);

/// What `--max-length` is where it is not given: the replication study's 1500 for McEval, else 1024.
[[nodiscard]] std::int64_t default_max_length(const std::string& data_set);

}  // namespace qualm::harness
