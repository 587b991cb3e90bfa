#include "harness/comparison/comparison.h"

#include <algorithm>

#include "harness/comparison/flips.h"
#include "harness/parallel.h"
#include "harness/pass_at_k.h"
#include "harness/statistics/bootstrap.h"
#include "harness/statistics/multiple_testing.h"

namespace qualm::harness::comparison {
namespace {

using statistics::ProblemOutcome;

Estimate estimate(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& problems, std::int64_t k,
                  const ComparisonOptions& options) {
  std::vector<double> values;
  std::uint64_t passed_in_all = 0;
  bool single = k == 1;
  for (const auto& [passed, completions] : problems) {
    values.push_back(pass_at_k(completions, passed, k));
    passed_in_all += passed;
    single = single && completions == 1;
  }
  Estimate result;
  result.value = mean(values);
  const double confidence = 1 - options.alpha;
  if (single) {
    result.interval = statistics::wilson_interval(passed_in_all, problems.size(), confidence);
  } else {
    statistics::BootstrapOptions bootstrap;
    bootstrap.confidence = confidence;
    bootstrap.seed = options.seed;
    result.interval = statistics::bootstrap_mean_interval(values, bootstrap);
  }
  return result;
}

/// Takes in one problem that both runs have.
void add_problem(Comparison& comparison, const std::string& name, const ProblemVerdicts& baseline,
                 const ProblemVerdicts& candidate) {
  comparison.outcomes.push_back(
      {baseline.passed(), baseline.completions(), candidate.passed(), candidate.completions()});
  const bool both_known = !baseline.problem_hash.empty() && !candidate.problem_hash.empty();
  if (both_known && baseline.problem_hash != candidate.problem_hash) comparison.other_problems.push_back(name);
  comparison.fewer_completions += candidate.completions() < baseline.completions() ? 1 : 0;
  comparison.more_completions += candidate.completions() > baseline.completions() ? 1 : 0;
  const std::size_t pairs = std::min(baseline.verdicts.size(), candidate.verdicts.size());
  comparison.pairs += pairs;
  for (std::size_t i = 0; i < pairs; ++i) {
    const bool before = baseline.verdicts[i].passed;
    const bool after = candidate.verdicts[i].passed;
    comparison.discordant.gained += !before && after ? 1 : 0;
    comparison.discordant.lost += before && !after ? 1 : 0;
  }
}

void add_statistics(Comparison& comparison, const ComparisonOptions& options) {
  const auto& outcomes = comparison.outcomes;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> baseline;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> candidate;
  for (const ProblemOutcome& outcome : outcomes) {
    baseline.emplace_back(outcome.baseline_passed, outcome.baseline_completions);
    candidate.emplace_back(outcome.candidate_passed, outcome.candidate_completions);
  }
  for (const std::int64_t k : options.ks)
    comparison.pass_at_k[k] = {estimate(baseline, k, options), estimate(candidate, k, options)};
  comparison.mcnemar = statistics::mcnemar_exact(comparison.discordant, 1 - options.alpha);
  comparison.p_adjusted = comparison.mcnemar.p;
  comparison.bounds = statistics::drop_bounds(outcomes, options.alpha);
  comparison.interval = statistics::drop_bounds(outcomes, options.alpha / 2);
  comparison.permutation = statistics::permutation_test(outcomes, options.seed);
  comparison.verdict = statistics::verdict_of(comparison.bounds, options.margin);
  const statistics::DropVariance variance = statistics::drop_variance(outcomes);
  const auto problems = static_cast<double>(outcomes.size());
  constexpr double wanted_power = 0.8;
  comparison.smallest_drop = statistics::smallest_detectable_drop(
      options.alpha, problems, variance.total, variance.plausible_change, wanted_power, variance.skewness);
  // Were the true drop the one that was seen, the verdict nearer by would be the one to settle on.
  const double distance = std::max(options.margin - comparison.bounds.drop, comparison.bounds.drop);
  comparison.needed = statistics::needed_to_settle(distance, options.alpha, outcomes.size(), variance);
}

}  // namespace

Comparison compare(const Pair& runs, const ComparisonOptions& options) {
  Comparison comparison;
  comparison.runs = runs;
  const Run& baseline = *runs.baseline;
  const Run& candidate = *runs.candidate;
  const bool other_language = !baseline.place.language.empty() && !candidate.place.language.empty() &&
                              baseline.place.language != candidate.place.language;
  for (const auto& [name, problem] : baseline.problems) {
    const auto found = candidate.problems.find(name);
    if (found == candidate.problems.end() || other_language)
      comparison.only_in_baseline.push_back(name);
    else
      add_problem(comparison, name, problem, found->second);
  }
  for (const auto& [name, problem] : candidate.problems)
    if (other_language || !baseline.problems.contains(name)) comparison.only_in_candidate.push_back(name);
  if (comparison.outcomes.empty()) return comparison;
  add_statistics(comparison, options);
  comparison.flips = flips_of(runs);
  comparison.anatomy = anatomy_of(runs, options.examples);
  return comparison;
}

std::vector<Comparison> compare_all(const std::vector<Pair>& pairs, const ComparisonOptions& options, Family family) {
  std::vector<Comparison> comparisons(pairs.size());
  for_each_index(pairs.size(), [&](std::size_t i) { comparisons[i] = compare(pairs[i], options); });
  // Pairs without a problem in common were not tested and belong to no family.
  std::vector<std::size_t> tested;
  std::vector<double> p_values;
  std::vector<std::string> families;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    comparisons[i].family = family_of(pairs[i], family);
    if (comparisons[i].outcomes.empty()) continue;
    tested.push_back(i);
    p_values.push_back(comparisons[i].mcnemar.p);
    families.push_back(comparisons[i].family);
  }
  const std::vector<double> adjusted = statistics::benjamini_hochberg(p_values, families);
  for (std::size_t i = 0; i < tested.size(); ++i) comparisons[tested[i]].p_adjusted = adjusted[i];
  return comparisons;
}

}  // namespace qualm::harness::comparison
