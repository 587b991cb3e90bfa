#include "harness/comparison/flips.h"

#include <algorithm>

#include "harness/comparison/failure.h"

namespace qualm::harness::comparison {
namespace {

Example example_of(const std::string& name, std::size_t index, const ProblemVerdicts& baseline,
                   const ProblemVerdicts& candidate) {
  const Verdict& before = baseline.verdicts[index];
  const Verdict& after = candidate.verdicts[index];
  Example example{name, index, candidate.file.string(), before.failure, after.failure, std::nullopt};
  if (before.has_text && after.has_text)
    if (const std::size_t parts = first_difference(before.completion, after.completion);
        parts != std::string_view::npos)
      example.parts_at = parts;
  return example;
}

std::optional<double> median(std::vector<std::size_t> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return static_cast<double>(values[middle]);
  return (static_cast<double>(values[middle - 1]) + static_cast<double>(values[middle])) / 2;
}

std::vector<const char*> traits_of(const Verdict& verdict) {
  std::vector<const char*> traits;
  if (verdict.has_text && is_blank(verdict.completion)) traits.push_back("empty");
  if (verdict.has_text && is_repeating(verdict.completion)) traits.push_back("repeating");
  if (verdict.truncated) traits.push_back("truncated");
  if (verdict.suspect) traits.push_back("suspect");
  return traits;
}

/// Counts one run's completions of one problem.
void count(const std::string& name, const ProblemVerdicts& problem, std::size_t Count::*whose, bool with_examples,
           std::size_t examples, Anatomy& anatomy) {
  const auto note = [&](Count& counted, const Verdict& verdict, std::size_t index) {
    ++(counted.*whose);
    if (with_examples && counted.examples.size() < examples)
      counted.examples.push_back({name, index, problem.file.string(), "", verdict.failure, std::nullopt});
  };
  for (std::size_t i = 0; i < problem.verdicts.size(); ++i) {
    const Verdict& verdict = problem.verdicts[i];
    if (!verdict.passed) note(anatomy.failures[verdict.failure], verdict, i);
    for (const char* trait : traits_of(verdict)) note(anatomy.traits[trait], verdict, i);
  }
}

template <typename Visit>
void for_common_problems(const Pair& runs, const Visit& visit) {
  for (const auto& [name, baseline] : runs.baseline->problems)
    if (const auto found = runs.candidate->problems.find(name); found != runs.candidate->problems.end())
      visit(name, baseline, found->second);
}

}  // namespace

Flips flips_of(const Pair& runs) {
  Flips flips;
  std::vector<std::size_t> parted;
  for_common_problems(
      runs, [&](const std::string& name, const ProblemVerdicts& baseline, const ProblemVerdicts& candidate) {
        // Shares of passing completions compared exactly, as cross products.
        const auto before = std::uint64_t{baseline.passed()} * candidate.completions();
        const auto after = std::uint64_t{candidate.passed()} * baseline.completions();
        if (after < before)
          flips.lost_problems.push_back(name);
        else if (after > before)
          flips.gained_problems.push_back(name);
        else
          ++flips.unchanged_problems;
        for (std::size_t i = 0; i < std::min(baseline.verdicts.size(), candidate.verdicts.size()); ++i) {
          const Verdict& old_verdict = baseline.verdicts[i];
          const Verdict& new_verdict = candidate.verdicts[i];
          ++flips.status_moves[{old_verdict.status, new_verdict.status}];
          const Example example = example_of(name, i, baseline, candidate);
          if (old_verdict.has_text && new_verdict.has_text) {
            ++flips.known_texts;
            if (example.parts_at)
              parted.push_back(*example.parts_at);
            else
              ++flips.same_text;
          }
          if (old_verdict.passed && !new_verdict.passed) flips.lost.push_back(example);
          if (!old_verdict.passed && new_verdict.passed) flips.gained.push_back(example);
        }
      });
  flips.median_parts_at = median(std::move(parted));
  return flips;
}

Anatomy anatomy_of(const Pair& runs, std::size_t examples) {
  Anatomy anatomy;
  // A problem that was lost is the better example: visited first.
  for (const bool lost : {true, false})
    for_common_problems(
        runs, [&](const std::string& name, const ProblemVerdicts& baseline, const ProblemVerdicts& candidate) {
          const bool is_lost = baseline.passed() > 0 && candidate.passed() == 0;
          if (is_lost == lost) count(name, candidate, &Count::candidate, true, examples, anatomy);
        });
  for_common_problems(runs, [&](const std::string& name, const ProblemVerdicts& baseline, const ProblemVerdicts&) {
    count(name, baseline, &Count::baseline, false, examples, anatomy);
  });
  return anatomy;
}

}  // namespace qualm::harness::comparison
