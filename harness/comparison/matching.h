#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/comparison/run.h"

namespace qualm::harness::comparison {

/// The study's families of tests, within which p-values are adjusted.
enum class Family {
  rq1,  ///< model x language: precisions against the half-precision baseline
  rq2,  ///< model x language x precision: calibration sets against each other
  rq3,  ///< model x language: 2 bit, with and without fine-tuning, over model sizes
};

/// Two runs to compare.
struct Pair {
  std::shared_ptr<const Run> baseline;
  std::shared_ptr<const Run> candidate;
};

struct MatchingRules {
  bool same_model = false;  ///< baseline and candidate must be of one base model
  bool same_language = true;
  bool same_label = false;  ///< and of one label: for two trees made with the same labels
  Family family = Family::rq1;
};

/// Reads every run at or below `path`.
[[nodiscard]] std::vector<std::shared_ptr<const Run>> read_runs(const std::filesystem::path& path);

/// For each candidate its baseline: the run of the same language and data set that agrees in most of model, base model,
/// label, half precision and temperature. Throws UsageError where several fit equally or none does.
[[nodiscard]] std::vector<Pair> match(const std::vector<std::shared_ptr<const Run>>& baselines,
                                      const std::vector<std::shared_ptr<const Run>>& candidates,
                                      const MatchingRules& rules);

/// The pairs of one tree: half precision against every other precision; for RQ2 the calibration sets of one precision
/// against each other in the study's order (random, mixed, code). Throws UsageError where the tree has no such pair.
[[nodiscard]] std::vector<Pair> match_within(const std::vector<std::shared_ptr<const Run>>& runs,
                                             const MatchingRules& rules);

/// True where path or model say half precision, or the label starts with "baseline".
[[nodiscard]] bool is_baseline(const Run& run);

/// The name of a pair's family: equal for pairs whose p-values are adjusted together.
[[nodiscard]] std::string family_of(const Pair& pair, Family family);

}  // namespace qualm::harness::comparison
