#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/comparison/matching.h"
#include "harness/statistics/clustered.h"
#include "harness/statistics/mcnemar.h"
#include "harness/statistics/permutation.h"
#include "harness/statistics/power.h"
#include "harness/statistics/proportion.h"

namespace qualm::harness::comparison {

struct ComparisonOptions {
  double alpha = 0.05;  ///< one-sided for the verdict's bounds; two-sided for tests and intervals, which have 1 - alpha
  double margin = 0.02;  ///< a drop that does not matter, as a share
  std::vector<std::int64_t> ks = {1};
  std::uint64_t seed = statistics::default_seed;
  std::size_t examples = 3;  ///< of each kind
};

/// pass@k of one run with its interval: Wilson's where every problem has one completion, else a bootstrap's.
struct Estimate {
  double value = 0;
  statistics::Interval interval;
};

/// A pair (problem, completion index) whose verdict changed, or whose failure is an example.
struct Example {
  std::string problem;
  std::size_t index = 0;
  std::string file;  ///< the candidate's results file, or the baseline's where the candidate has none to show
  std::string from;  ///< the baseline's failure, or "passed"
  std::string to;    ///< the candidate's
  std::optional<std::size_t> parts_at;  ///< characters in common; nullopt for equal or unknown texts
};

struct Flips {
  std::vector<std::string> lost_problems;    ///< problems whose share of passing completions fell
  std::vector<std::string> gained_problems;  ///< rose
  std::size_t unchanged_problems = 0;
  std::map<std::pair<std::string, std::string>, std::size_t> status_moves;  ///< over pairs, equal ones included
  std::size_t same_text = 0;                                                ///< pairs whose completions are equal
  std::size_t known_texts = 0;                                              ///< pairs whose completions are both known
  std::optional<double> median_parts_at;                                    ///< over pairs that differ
  std::vector<Example> lost;                                                ///< pairs, all of them in order
  std::vector<Example> gained;
};

/// How often something was seen, in completions.
struct Count {
  std::size_t baseline = 0;
  std::size_t candidate = 0;
  std::vector<Example> examples;
};

struct Anatomy {
  std::map<std::string, Count> failures;  ///< each failed completion once, by failure_of
  std::map<std::string, Count> traits;    ///< "empty", "truncated", "repeating", "suspect": may overlap
};

/// What two runs say, over the problems that both have.
struct Comparison {
  Pair runs;
  std::string family;
  std::size_t pairs = 0;
  std::vector<statistics::ProblemOutcome> outcomes;
  std::vector<std::string> only_in_baseline;
  std::vector<std::string> only_in_candidate;
  std::size_t fewer_completions = 0;  ///< problems for which the candidate has fewer completions than the baseline
  std::size_t more_completions = 0;
  std::vector<std::string> other_problems;  ///< problems whose prompt or tests differ
  std::map<std::int64_t, std::pair<Estimate, Estimate>> pass_at_k;
  statistics::DiscordantPairs discordant;
  statistics::McNemarTest mcnemar;
  double p_adjusted = 1;
  statistics::DropBounds bounds;    ///< one-sided at alpha each: what the verdict is from
  statistics::DropBounds interval;  ///< at alpha / 2 each
  statistics::PermutationTest permutation;
  statistics::Verdict verdict = statistics::Verdict::cannot_tell;
  std::optional<double> smallest_drop;  ///< found with a power of 80 %
  statistics::Needed needed;            ///< to settle it were the drop as it was seen
  Flips flips;
  Anatomy anatomy;
};

/// Compares two runs. The comparison has no outcomes where they have no problem in common or different languages.
[[nodiscard]] Comparison compare(const Pair& runs, const ComparisonOptions& options);

/// Compares all pairs, several at once, and adjusts the p-values within families.
[[nodiscard]] std::vector<Comparison> compare_all(const std::vector<Pair>& pairs, const ComparisonOptions& options,
                                                  Family family);

/// What a reader should know before believing the numbers: problems left out, settings that differ ... Sentences.
[[nodiscard]] std::vector<std::string> warnings_of(const Comparison& comparison);

/// A sentence where the test over pairs and the one over problems disagree at `alpha`; empty where they agree.
[[nodiscard]] std::string disagreement_of(const Comparison& comparison, double alpha);

/// A sentence of what these data could show and what would settle it.
[[nodiscard]] std::string power_of(const Comparison& comparison, const ComparisonOptions& options);

}  // namespace qualm::harness::comparison
