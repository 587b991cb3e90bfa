#include <fmt/format.h>

#include <algorithm>

#include "harness/comparison/comparison.h"
#include "harness/comparison/number_format.h"

namespace qualm::harness::comparison {
namespace {

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t enough = 3;
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(enough, names.size()));
  return fmt::format("{}{}", fmt::join(names.begin(), end, ", "), names.size() > enough ? ", ..." : "");
}

// Settings that both runs wrote down and that differ.
void add_settings(const Run& baseline, const Run& candidate, std::vector<std::string>& warnings) {
  for (const auto& [setting, value] : baseline.settings)
    if (const auto found = candidate.settings.find(setting);
        found != candidate.settings.end() && found->second != value)
      warnings.push_back(
          fmt::format("{} is {} in the baseline and {} in the candidate", setting, value, found->second));
  if (!baseline.sandbox.empty() && !candidate.sandbox.empty() && baseline.sandbox != candidate.sandbox)
    warnings.push_back(
        fmt::format("the baseline ran at sandbox level {}, the candidate at {}", baseline.sandbox, candidate.sandbox));
  for (const auto& [tool, version] : baseline.versions)
    if (const auto found = candidate.versions.find(tool); found != candidate.versions.end() && found->second != version)
      warnings.push_back(fmt::format("{} is {} in the baseline and {} in the candidate", tool, version, found->second));
}

void add_run(const char* whose, const Run& run, std::vector<std::string>& warnings) {
  if (run.without_verdicts > 0)
    warnings.push_back(fmt::format("{} results files of the {} hold no result", run.without_verdicts, whose));
  if (run.predictions_without_results > 0)
    warnings.push_back(
        fmt::format("{} predictions files of the {} have no results", run.predictions_without_results, whose));
  if (const std::size_t suspects = run.suspects(); suspects > 0)
    warnings.push_back(
        fmt::format("{} completions of the {} passed without evidence that their tests ran", suspects, whose));
}

}  // namespace

std::vector<std::string> warnings_of(const Comparison& comparison) {
  std::vector<std::string> warnings;
  const Run& baseline = *comparison.runs.baseline;
  const Run& candidate = *comparison.runs.candidate;
  if (comparison.outcomes.empty()) {
    if (baseline.place.language != candidate.place.language)
      warnings.push_back(fmt::format("the baseline is in \"{}\", the candidate in \"{}\"", baseline.place.language,
                                     candidate.place.language));
    else
      warnings.push_back("no problem is in both runs");
    return warnings;
  }
  if (!comparison.only_in_baseline.empty())
    warnings.push_back(fmt::format("{} problems are missing from the candidate and left out: {}",
                                   comparison.only_in_baseline.size(), some_of(comparison.only_in_baseline)));
  if (!comparison.only_in_candidate.empty())
    warnings.push_back(fmt::format("{} problems are missing from the baseline and left out: {}",
                                   comparison.only_in_candidate.size(), some_of(comparison.only_in_candidate)));
  if (comparison.fewer_completions > 0)
    warnings.push_back(
        fmt::format("the candidate has fewer completions for {} problems", comparison.fewer_completions));
  if (comparison.more_completions > 0)
    warnings.push_back(fmt::format("the candidate has more completions for {} problems", comparison.more_completions));
  if (!comparison.other_problems.empty())
    warnings.push_back(fmt::format("{} problems have another prompt or other tests in the candidate: {}",
                                   comparison.other_problems.size(), some_of(comparison.other_problems)));
  std::uint32_t fewest = UINT32_MAX;
  for (const statistics::ProblemOutcome& outcome : comparison.outcomes)
    fewest = std::min({fewest, outcome.baseline_completions, outcome.candidate_completions});
  for (const auto& [k, estimates] : comparison.pass_at_k)
    if (k > fewest)
      warnings.push_back(
          fmt::format("pass@{} needs {} completions a problem, and some have {}: MultiPL-E's estimator "
                      "then counts problems with fewer than {} failures as passed",
                      k, k, fewest, k));
  add_settings(baseline, candidate, warnings);
  add_run("baseline", baseline, warnings);
  add_run("candidate", candidate, warnings);
  return warnings;
}

std::string disagreement_of(const Comparison& comparison, double alpha) {
  const bool over_pairs = comparison.mcnemar.p < alpha;
  const bool over_problems = comparison.permutation.p < alpha;
  if (over_pairs == over_problems) return "";
  if (over_pairs)
    return fmt::format(
        "The McNemar test (p {}) sees a difference that the test over problems (p {}) does not: it takes "
        "the completions of one problem for independent. Believe the test over problems.",
        p_text(comparison.mcnemar.p), p_text(comparison.permutation.p));
  return fmt::format(
      "The test over problems (p {}) sees a difference that the McNemar test (p {}) does not: completion i of "
      "one run has no tie to completion i of the other, so pairing them adds noise. Believe the test over "
      "problems.",
      p_text(comparison.permutation.p), p_text(comparison.mcnemar.p));
}

std::string power_of(const Comparison& comparison, const ComparisonOptions& options) {
  std::string text = fmt::format("With {} problems ", comparison.outcomes.size());
  if (comparison.smallest_drop)
    text += fmt::format("a true drop of {} points is found 8 times in 10", points_text(*comparison.smallest_drop));
  else
    text += "not even a drop of everything would be found 8 times in 10";
  if (comparison.verdict != statistics::Verdict::cannot_tell) return text + ".";
  if (!comparison.needed.problems && !comparison.needed.completions)
    return text + fmt::format(
                      "; were the true drop {} points, no number of completions and not a million problems would "
                      "settle it.",
                      points_text(comparison.bounds.drop));
  text += fmt::format("; were the true drop {} points, ", points_text(comparison.bounds.drop));
  if (comparison.needed.problems) text += fmt::format("{} problems", *comparison.needed.problems);
  if (comparison.needed.completions)
    text += fmt::format("{}{} completions for each of these", comparison.needed.problems ? " or " : "",
                        *comparison.needed.completions);
  return text + fmt::format(" would settle it against a margin of {} points.", points_text(options.margin));
}

}  // namespace qualm::harness::comparison
