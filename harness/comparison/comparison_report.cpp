#include "harness/comparison/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/comparison/number_format.h"
#include "harness/terminal_text.h"

namespace qualm::harness::comparison {
namespace {

using datasets::Json;

Json interval_json(const Estimate& estimate) {
  return Json{{"estimate", json_number(estimate.value)},
              {"ci_low", json_number(estimate.interval.low)},
              {"ci_high", json_number(estimate.interval.high)}};
}

Json example_json(const Example& example) {
  Json json{{"problem", example.problem}, {"index", example.index}, {"file", example.file}};
  if (!example.from.empty()) json["baseline"] = example.from;
  json["candidate"] = example.to;
  json["parts_at"] = example.parts_at ? Json(*example.parts_at) : Json(nullptr);
  return json;
}

Json flips_json(const Flips& flips) {
  Json moves = Json::array();
  for (const auto& [statuses, count] : flips.status_moves)
    moves.push_back({{"baseline", statuses.first}, {"candidate", statuses.second}, {"completions", count}});
  Json lost = Json::array();
  for (const Example& example : flips.lost) lost.push_back(example_json(example));
  Json gained = Json::array();
  for (const Example& example : flips.gained) gained.push_back(example_json(example));
  return Json{{"gained", flips.gained_problems.size()},
              {"lost", flips.lost_problems.size()},
              {"unchanged", flips.unchanged_problems},
              {"gained_problems", flips.gained_problems},
              {"lost_problems", flips.lost_problems},
              {"status_moves", moves},
              {"same_text", flips.same_text},
              {"median_parts_at", flips.median_parts_at ? Json(*flips.median_parts_at) : Json(nullptr)},
              {"lost_completions", lost},
              {"gained_completions", gained}};
}

Json counts_json(const std::map<std::string, Count>& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : counts) {
    Json examples = Json::array();
    for (const Example& example : count.examples) examples.push_back(fmt::format("{}:{}", example.file, example.index));
    json[name] = {{"baseline", count.baseline}, {"candidate", count.candidate}, {"examples", examples}};
  }
  return json;
}

Json optional_json(const std::optional<std::uint64_t>& value) { return value ? Json(*value) : Json(nullptr); }

const Estimate* estimate_at_1(const Comparison& comparison, bool of_baseline) {
  const auto found = comparison.pass_at_k.find(1);
  if (found == comparison.pass_at_k.end()) return nullptr;
  return of_baseline ? &found->second.first : &found->second.second;
}

std::string percent_with_interval(const Estimate& estimate) {
  return fmt::format("{} [{}, {}]", points_text(estimate.value), points_text(estimate.interval.low),
                     points_text(estimate.interval.high));
}

std::string example_line(const Example& example) {
  std::string line = fmt::format("qualm show {}:{}", example.file, example.index);
  if (!example.from.empty() && example.from != "passed") line += fmt::format("   (was {})", example.from);
  if (!example.from.empty() && example.to != "passed") line += fmt::format("   ({})", example.to);
  if (example.parts_at) line += fmt::format("   texts part at character {}", *example.parts_at);
  return printable(line);
}

std::string verdict_sentence(const Comparison& comparison, const ComparisonOptions& options) {
  const statistics::DropBounds& bounds = comparison.bounds;
  std::string text = fmt::format("Verdict: {}. The drop is {} points, {:g} % bounds {} and {}, margin {} points",
                                 name_of(comparison.verdict), points_text(bounds.drop), 100 * (1 - options.alpha),
                                 points_text(bounds.lower), points_text(bounds.upper), points_text(options.margin));
  if (comparison.verdict == statistics::Verdict::not_worse && bounds.lower > 0)
    text += "; the drop is real, but smaller than the margin";
  if (bounds.upper < 0) text += "; the candidate is better";
  return text + ".";
}

void add_examples(std::string& text, const char* what, const std::vector<Example>& examples, std::size_t most) {
  if (examples.empty()) return;
  text += fmt::format("{}:\n", what);
  for (std::size_t i = 0; i < std::min(most, examples.size()); ++i)
    text += fmt::format("  {}\n", example_line(examples[i]));
}

Table failure_table(const Anatomy& anatomy) {
  Table table{{"Failure", "Baseline", "Candidate", "Example"}, {}};
  std::vector<std::pair<std::string, const Count*>> rows;
  for (const auto& [name, count] : anatomy.failures) rows.emplace_back(name, &count);
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.second->baseline + a.second->candidate > b.second->baseline + b.second->candidate;
  });
  for (const auto& [name, count] : anatomy.traits) rows.emplace_back("of any: " + name, &count);
  for (const auto& [name, count] : rows) {
    const std::string example = count->examples.empty()
                                    ? ""
                                    : fmt::format("{}:{}", count->examples.front().file, count->examples.front().index);
    table.rows.push_back(
        {printable(name), fmt::format("{}", count->baseline), fmt::format("{}", count->candidate), printable(example)});
  }
  return table;
}

}  // namespace

Json to_json(const Comparison& comparison, const ComparisonOptions& options) {
  const Run& baseline = *comparison.runs.baseline;
  const Run& candidate = *comparison.runs.candidate;
  Json json{{"baseline", baseline.path.string()},
            {"candidate", candidate.path.string()},
            {"language", candidate.place.language},
            {"problems", comparison.outcomes.size()},
            {"pairs", comparison.pairs}};
  const bool compared = !comparison.outcomes.empty();
  const Estimate* before = estimate_at_1(comparison, true);
  const Estimate* after = estimate_at_1(comparison, false);
  json["pass_at_1"] = {{"baseline", before != nullptr ? json_number(before->value) : Json(nullptr)},
                       {"candidate", after != nullptr ? json_number(after->value) : Json(nullptr)}};
  const statistics::McNemarTest& test = comparison.mcnemar;
  json["mcnemar"] = {{"b", comparison.discordant.gained},
                     {"c", comparison.discordant.lost},
                     {"p", json_number(test.p)},
                     {"p_adjusted", json_number(comparison.p_adjusted)},
                     {"odds_ratio", json_number(test.odds_ratio)},
                     {"ci_low", json_number(test.ci_low)},
                     {"ci_high", json_number(test.ci_high)}};
  // As a difference, candidate minus baseline; the interval of the drop is turned round.
  const statistics::DropBounds& interval = comparison.interval;
  json["clustered"] = {{"difference", 0 - interval.drop},
                       {"ci_low", 0 - interval.upper},
                       {"ci_high", 0 - interval.lower},
                       {"p", json_number(comparison.permutation.p)}};
  json["flips"] = flips_json(comparison.flips);
  json["verdict"] = compared ? name_of(comparison.verdict) : "not comparable";
  Json estimates = Json::object();
  for (const auto& [k, both] : comparison.pass_at_k)
    estimates[fmt::format("{}", k)] = {{"baseline", interval_json(both.first)},
                                       {"candidate", interval_json(both.second)}};
  json["pass_at_k"] = estimates;
  json["drop"] = {{"estimate", comparison.bounds.drop},
                  {"lower", comparison.bounds.lower},
                  {"upper", comparison.bounds.upper},
                  {"alpha", options.alpha},
                  {"margin", options.margin}};
  json["power"] = {{"smallest_drop", comparison.smallest_drop ? Json(*comparison.smallest_drop) : Json(nullptr)},
                   {"problems_to_settle", optional_json(comparison.needed.problems)},
                   {"completions_to_settle", optional_json(comparison.needed.completions)}};
  json["failures"] = counts_json(comparison.anatomy.failures);
  json["traits"] = counts_json(comparison.anatomy.traits);
  json["dataset"] = dataset_of(candidate);
  json["model"] = candidate.place.model;
  json["label"] = candidate.place.label;
  json["precision"] = {{"baseline", baseline.place.precision}, {"candidate", candidate.place.precision}};
  json["family"] = comparison.family;
  json["only_in_baseline"] = comparison.only_in_baseline;
  json["only_in_candidate"] = comparison.only_in_candidate;
  const std::string disagreement = compared ? disagreement_of(comparison, options.alpha) : "";
  json["disagreement"] = disagreement.empty() ? Json(nullptr) : Json(disagreement);
  json["warnings"] = warnings_of(comparison);
  return json;
}

Table study_table(const std::vector<Comparison>& comparisons) {
  Table table{{"base_precision",
               "quant_precision",
               "lng",
               "model",
               "p.value",
               "OR",
               "OR.low",
               "OR.high",
               "p.unadjusted",
               "b",
               "c",
               "pairs",
               "problems",
               "dataset",
               "pass1.baseline",
               "pass1.candidate",
               "difference",
               "difference.low",
               "difference.high",
               "p.clustered",
               "verdict",
               "baseline",
               "candidate"},
              {}};
  for (const Comparison& comparison : comparisons) {
    if (comparison.outcomes.empty()) continue;
    const Run& baseline = *comparison.runs.baseline;
    const Run& candidate = *comparison.runs.candidate;
    const Estimate* before = estimate_at_1(comparison, true);
    const Estimate* after = estimate_at_1(comparison, false);
    const auto name_or = [](const std::string& name, const std::string& other) { return name.empty() ? other : name; };
    table.rows.push_back({name_or(baseline.place.precision, baseline.name),
                          name_or(candidate.place.precision, candidate.name),
                          candidate.place.language,
                          name_or(baseline.place.base_model, name_or(baseline.place.model, baseline.name)),
                          r_text(comparison.p_adjusted),
                          r_text(comparison.mcnemar.odds_ratio),
                          r_text(comparison.mcnemar.ci_low),
                          r_text(comparison.mcnemar.ci_high),
                          r_text(comparison.mcnemar.p),
                          fmt::format("{}", comparison.discordant.gained),
                          fmt::format("{}", comparison.discordant.lost),
                          fmt::format("{}", comparison.pairs),
                          fmt::format("{}", comparison.outcomes.size()),
                          dataset_of(candidate),
                          before != nullptr ? r_text(before->value) : "",
                          after != nullptr ? r_text(after->value) : "",
                          r_text(0 - comparison.interval.drop),
                          r_text(0 - comparison.interval.upper),
                          r_text(0 - comparison.interval.lower),
                          r_text(comparison.permutation.p),
                          name_of(comparison.verdict),
                          baseline.path.string(),
                          candidate.path.string()});
  }
  return table;
}

Table readable_table(const std::vector<Comparison>& comparisons) {
  Table table{{"Candidate", "Language", "Problems", "Pairs", "Baseline %", "Candidate %", "Difference", "p (problems)",
               "b/c", "OR", "p (McNemar)", "p (BH)", "Verdict"},
              {}};
  for (const Comparison& comparison : comparisons) {
    const Run& candidate = *comparison.runs.candidate;
    if (comparison.outcomes.empty()) {
      table.rows.push_back({printable(candidate.name), candidate.place.language, "0", "0", "", "", "", "", "", "", "",
                            "", "not comparable"});
      continue;
    }
    const Estimate* before = estimate_at_1(comparison, true);
    const Estimate* after = estimate_at_1(comparison, false);
    const double odds = comparison.mcnemar.odds_ratio;
    table.rows.push_back(
        {printable(candidate.name), candidate.place.language, fmt::format("{}", comparison.outcomes.size()),
         fmt::format("{}", comparison.pairs), before != nullptr ? percent_with_interval(*before) : "",
         after != nullptr ? percent_with_interval(*after) : "",
         fmt::format("{} [{}, {}]", points_text(0 - comparison.interval.drop),
                     points_text(0 - comparison.interval.upper), points_text(0 - comparison.interval.lower)),
         p_text(comparison.permutation.p),
         fmt::format("{}/{}", comparison.discordant.gained, comparison.discordant.lost),
         std::isfinite(odds) ? fmt::format("{:.2f}", odds) : r_text(odds), p_text(comparison.mcnemar.p),
         p_text(comparison.p_adjusted), name_of(comparison.verdict)});
  }
  return table;
}

std::string details(const Comparison& comparison, const ComparisonOptions& options, bool markdown) {
  const Run& baseline = *comparison.runs.baseline;
  const Run& candidate = *comparison.runs.candidate;
  std::string text = fmt::format("{}{} against {}\n", markdown ? "### " : "", printable(candidate.path.string()),
                                 printable(baseline.path.string()));
  if (markdown) text += "\n";
  for (const std::string& warning : warnings_of(comparison)) text += fmt::format("Note: {}.\n", printable(warning));
  if (comparison.outcomes.empty()) return text + "Not comparable.\n";
  text += verdict_sentence(comparison, options) + "\n";
  if (const std::string line = disagreement_of(comparison, options.alpha); !line.empty()) text += line + "\n";
  text += power_of(comparison, options) + "\n";
  for (const auto& [k, both] : comparison.pass_at_k)
    if (k != 1)
      text += fmt::format("pass@{}: {} % before, {} % now.\n", k, percent_with_interval(both.first),
                          percent_with_interval(both.second));
  const Flips& flips = comparison.flips;
  text += fmt::format("Problems: {} lost, {} gained, {} unchanged.", flips.lost_problems.size(),
                      flips.gained_problems.size(), flips.unchanged_problems);
  if (flips.known_texts > 0) {
    text += fmt::format(" Completions: {} of {} are equal in text", flips.same_text, flips.known_texts);
    if (flips.median_parts_at)
      text += fmt::format("; the others part at character {:g} (median)", *flips.median_parts_at);
    text += ".";
  }
  text += "\nStatus:";
  for (const auto& [statuses, count] : flips.status_moves)
    if (statuses.first != statuses.second)
      text += fmt::format(" {} -> {} {},", printable(statuses.first), printable(statuses.second), count);
  if (text.back() == ',')
    text.back() = '.';
  else
    text += " no change.";
  text += "\n";
  const std::string fence = markdown ? "```\n" : "";
  if (!flips.lost.empty() || !flips.gained.empty()) {
    text += fence;
    add_examples(text, "Lost", flips.lost, options.examples);
    add_examples(text, "Gained", flips.gained, options.examples);
    text += fence;
  }
  if (!comparison.anatomy.failures.empty() || !comparison.anatomy.traits.empty())
    text += "\n" + render(failure_table(comparison.anatomy), markdown ? TableFormat::markdown : TableFormat::text);
  return text;
}

}  // namespace qualm::harness::comparison
