#include "harness/gate/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/comparison/number_format.h"
#include "harness/terminal_text.h"
#include "harness/usage_error.h"

namespace qualm::harness::gate {
namespace {

using comparison::Comparison;
using comparison::points_text;
using comparison::Run;

using Runs = std::vector<std::shared_ptr<const Run>>;

// Names come from files; in a line of their own, or with control characters, they could pass for a workflow command.
std::string one_line(const std::string& text) {
  std::string line = printable(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::string name_for(const Run& run) {
  const std::string dataset = comparison::dataset_of(run);
  const std::string& language = run.place.language;
  if (dataset.empty() && language.empty()) return one_line(run.name);
  return one_line(dataset + (dataset.empty() || language.empty() ? "" : "-") + language);
}

/// Collects what speaks against comparing; what is allowed by name becomes a note.
class Objections {
 public:
  explicit Objections(Judgement& judgement) : judgement_(judgement) {}

  void add(Allowance allowance, const std::string& what) {
    if (judgement_.rule.allowed.contains(allowance))
      judgement_.notes.push_back(fmt::format("{} (allowed: {})", what, name_of(allowance)));
    else
      judgement_.objections.push_back(fmt::format("{} (--allow {} to compare all the same)", what, name_of(allowance)));
  }

 private:
  Judgement& judgement_;
};

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t enough = 5;
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(enough, names.size()));
  return one_line(fmt::format("{}{}", fmt::join(names.begin(), end, ", "), names.size() > enough ? ", ..." : ""));
}

void object_to_data(const Comparison& compared, Objections& objections, Judgement& judgement) {
  if (!compared.only_in_baseline.empty())
    objections.add(Allowance::missing_problems,
                   fmt::format("{} of the baseline's {} problems are missing from the candidate: {}",
                               compared.only_in_baseline.size(), compared.runs.baseline->problems.size(),
                               some_of(compared.only_in_baseline)));
  if (compared.fewer_completions > 0)
    objections.add(Allowance::fewer_completions,
                   fmt::format("the candidate has fewer completions for {} problems", compared.fewer_completions));
  if (!compared.other_problems.empty())
    objections.add(Allowance::settings, fmt::format("{} problems have another prompt or other tests: {}",
                                                    compared.other_problems.size(), some_of(compared.other_problems)));
  if (!compared.only_in_candidate.empty())
    judgement.notes.push_back(fmt::format("{} problems are not in the baseline and left out: {}",
                                          compared.only_in_candidate.size(), some_of(compared.only_in_candidate)));
  if (compared.more_completions > 0)
    judgement.notes.push_back(
        fmt::format("the candidate has more completions for {} problems", compared.more_completions));
}

void object_to_settings(const Run& baseline, const Run& candidate, Objections& objections, Judgement& judgement) {
  for (const auto& [setting, value] : baseline.settings)
    if (const auto found = candidate.settings.find(setting);
        found != candidate.settings.end() && found->second != value)
      objections.add(Allowance::settings,
                     fmt::format("{} is {} in the baseline and {} in the candidate", setting, value, found->second));
  if (baseline.sandbox.empty() != candidate.sandbox.empty())
    judgement.notes.push_back(
        fmt::format("the {}'s sandbox level is not recorded", baseline.sandbox.empty() ? "baseline" : "candidate"));
  else if (baseline.sandbox != candidate.sandbox)
    objections.add(Allowance::sandbox, fmt::format("the baseline ran at sandbox level {}, the candidate at {}",
                                                   baseline.sandbox, candidate.sandbox));
  for (const auto& [tool, version] : baseline.versions)
    if (const auto found = candidate.versions.find(tool); found != candidate.versions.end() && found->second != version)
      judgement.notes.push_back(
          one_line(fmt::format("{} is {} in the baseline and {} in the candidate", tool, version, found->second)));
}

void object_to_suspects(const Run& run, const char* whose, std::uint64_t limit, Objections& objections) {
  if (const std::size_t suspects = run.suspects(); suspects > limit)
    objections.add(Allowance::suspects,
                   fmt::format("{} completions of the {} passed without evidence that their tests ran; the limit is {}",
                               suspects, whose, limit));
}

Answer answer_of(statistics::Verdict verdict) {
  switch (verdict) {
    case statistics::Verdict::not_worse: return Answer::not_worse;
    case statistics::Verdict::worse: return Answer::worse;
    case statistics::Verdict::cannot_tell: break;
  }
  return Answer::cannot_tell;
}

Runs fitting(const Runs& candidates, const Run& baseline) {
  Runs found;
  for (const auto& candidate : candidates)
    if (name_for(*candidate) == name_for(baseline)) found.push_back(candidate);
  if (found.size() > 1) {
    Runs same_model;
    for (const auto& candidate : found)
      if (candidate->place.model == baseline.place.model ||
          (!baseline.place.base_model.empty() && candidate->place.base_model == baseline.place.base_model))
        same_model.push_back(candidate);
    if (!same_model.empty()) found = std::move(same_model);
  }
  return found;
}

Judgement judgement_of_missing(const std::shared_ptr<const Run>& baseline, const Rules& rules) {
  Judgement judgement;
  judgement.name = name_for(*baseline);
  judgement.rule = rules.rule_for(baseline->place.language, comparison::dataset_of(*baseline));
  judgement.comparison.runs = {baseline, baseline};
  judgement.objections.push_back(fmt::format("the candidate has no run of {}", judgement.name));
  return judgement;
}

// Comparisons of one data set and language are told apart by their runs' names.
void name_apart(std::vector<Judgement>& judgements) {
  std::map<std::string, std::size_t> times;
  for (const Judgement& judgement : judgements) ++times[judgement.name];
  for (Judgement& judgement : judgements) {
    const Run& run = *judgement.comparison.runs.candidate;
    if (times[judgement.name] > 1)
      judgement.name += " " + one_line(run.place.model.empty() ? run.name : run.place.model);
  }
}

}  // namespace

const char* name_of(Answer answer) {
  switch (answer) {
    case Answer::not_worse: return "not worse";
    case Answer::worse: return "worse";
    case Answer::cannot_tell: return "cannot tell";
    case Answer::not_comparable: break;
  }
  return "not comparable";
}

ExitCode Judgement::exit_code() const {
  switch (answer) {
    case Answer::not_worse: return ExitCode::done;
    case Answer::worse: return ExitCode::no;
    case Answer::cannot_tell:
      if (rule.cannot_tell_passes) return ExitCode::done;
      return rule.cannot_tell_fails ? ExitCode::no : ExitCode::cannot_tell;
    case Answer::not_comparable: break;
  }
  return ExitCode::not_comparable;
}

std::string Judgement::reason() const {
  if (answer == Answer::not_comparable) return one_line(fmt::format("{}", fmt::join(objections, "; ")));
  const statistics::DropBounds& bounds = comparison.bounds;
  std::string text = fmt::format("pass@1 drop {} points, {:g} % bounds {} and {}, margin {} points",
                                 points_text(bounds.drop), 100 * (1 - rule.alpha), points_text(bounds.lower),
                                 points_text(bounds.upper), points_text(rule.margin));
  if (answer == Answer::not_worse && bounds.lower > 0) text += "; the drop is significant, but smaller than the margin";
  if (answer == Answer::not_worse && bounds.upper < 0) text += "; improved";
  if (answer == Answer::worse && bounds.drop < rule.margin)
    text += "; the drop is significant, but may be smaller than the margin";
  return text;
}

Judgement judge(const comparison::Pair& runs, const Rules& rules) {
  Judgement judgement;
  judgement.name = name_for(*runs.candidate);
  judgement.rule = rules.rule_for(runs.candidate->place.language, comparison::dataset_of(*runs.candidate));
  comparison::ComparisonOptions options;
  options.alpha = judgement.rule.alpha;
  options.margin = judgement.rule.margin;
  judgement.comparison = comparison::compare(runs, options);
  if (judgement.comparison.outcomes.empty()) {
    judgement.objections = comparison::warnings_of(judgement.comparison);
    return judgement;
  }
  Objections objections(judgement);
  object_to_data(judgement.comparison, objections, judgement);
  object_to_settings(*runs.baseline, *runs.candidate, objections, judgement);
  object_to_suspects(*runs.candidate, "candidate", judgement.rule.suspect_limit, objections);
  object_to_suspects(*runs.baseline, "baseline", judgement.rule.suspect_limit, objections);
  if (judgement.objections.empty()) judgement.answer = answer_of(judgement.comparison.verdict);
  return judgement;
}

std::vector<Judgement> judge_all(const Runs& baselines, const Runs& candidates, const Rules& rules) {
  if (baselines.size() == 1 && candidates.size() == 1) return {judge({baselines.front(), candidates.front()}, rules)};
  std::vector<Judgement> judgements;
  for (const auto& baseline : baselines) {
    const Runs found = fitting(candidates, *baseline);
    if (found.size() > 1)
      throw UsageError(fmt::format("several runs of the candidate fit {}: {} and {}; name one of them",
                                   baseline->path.string(), found[0]->path.string(), found[1]->path.string()));
    judgements.push_back(found.empty() ? judgement_of_missing(baseline, rules)
                                       : judge({baseline, found.front()}, rules));
  }
  name_apart(judgements);
  return judgements;
}

ExitCode exit_code_of(const std::vector<Judgement>& judgements) {
  ExitCode gravest = ExitCode::done;
  for (const ExitCode code : {ExitCode::cannot_tell, ExitCode::no, ExitCode::not_comparable})
    if (std::any_of(judgements.begin(), judgements.end(),
                    [&](const Judgement& each) { return each.exit_code() == code; }))
      gravest = code;
  return gravest;
}

std::string verdict_line(const std::vector<Judgement>& judgements) {
  if (judgements.size() == 1) {
    const Judgement& one = judgements.front();
    return fmt::format("{}: {}: {}", name_of(one.answer), one.name, one.reason());
  }
  // The gravest answer first, then each comparison's in a few words.
  Answer gravest = Answer::not_worse;
  for (const Answer answer : {Answer::cannot_tell, Answer::worse, Answer::not_comparable})
    if (std::any_of(judgements.begin(), judgements.end(), [&](const Judgement& each) { return each.answer == answer; }))
      gravest = answer;
  std::vector<std::string> parts;
  for (const Judgement& each : judgements)
    parts.push_back(each.answer == Answer::not_comparable
                        ? fmt::format("{} not comparable", each.name)
                        : fmt::format("{} {} (drop {} points)", each.name, name_of(each.answer),
                                      points_text(each.comparison.bounds.drop)));
  return fmt::format("{}: {}", name_of(gravest), fmt::join(parts, ", "));
}

}  // namespace qualm::harness::gate
