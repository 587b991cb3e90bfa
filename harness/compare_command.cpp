#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "datasets/atomic_file.h"
#include "harness/comparison/comparison.h"
#include "harness/comparison/comparison_report.h"
#include "harness/gate/saved_baseline.h"
#include "harness/subcommand.h"
#include "harness/table.h"
#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

using namespace comparison;

struct Options {
  std::vector<std::filesystem::path> paths;
  std::string by;
  std::string family = "rq1";
  std::string format = "table";
  std::string verdicts;
  double margin_points = 2.0;
  ComparisonOptions comparison;
};

Family parse_family(const std::string& text) {
  if (text == "rq1") return Family::rq1;
  if (text == "rq2") return Family::rq2;
  if (text == "rq3") return Family::rq3;
  throw UsageError(fmt::format("--family {}: expected rq1, rq2 or rq3", text));
}

MatchingRules parse_rules(const Options& options) {
  MatchingRules rules;
  rules.family = parse_family(options.family);
  std::string field;
  for (const char c : options.by + ",") {
    if (c != ',') {
      field += c;
      continue;
    }
    if (field == "model")
      rules.same_model = true;
    else if (!field.empty() && field != "language" && field != "label" && field != "dataset")
      throw UsageError(fmt::format("--by {}: expected a list of model, language, label and dataset", options.by));
    field.clear();
  }
  return rules;
}

std::vector<Pair> pairs_of(const Options& options) {
  const MatchingRules rules = parse_rules(options);
  const auto baselines = gate::read_baseline_or_runs(options.paths.front());
  std::vector<std::filesystem::path> others(options.paths.begin() + 1, options.paths.end());
  // The same tree named twice is one tree.
  if (!options.by.empty())
    std::erase_if(others, [&](const std::filesystem::path& path) {
      return std::filesystem::exists(path) && std::filesystem::equivalent(path, options.paths.front());
    });
  if (others.empty() && (!options.by.empty() || baselines.size() > 1)) return match_within(baselines, rules);
  if (others.empty()) throw UsageError("compare needs a baseline and a candidate, or one tree of runs");
  std::vector<std::shared_ptr<const Run>> candidates;
  for (const std::filesystem::path& path : others)
    for (const auto& run : read_runs(path)) candidates.push_back(run);
  return match(baselines, candidates, rules);
}

// The table the study's analysis starts from: a row a completion.
Table verdict_table(const std::vector<Comparison>& comparisons) {
  Table table{{"model", "quantization", "language", "problem", "pass"}, {}};
  std::set<const Run*> seen;
  for (const Comparison& comparison : comparisons)
    for (const auto& run : {comparison.runs.baseline, comparison.runs.candidate}) {
      if (!seen.insert(run.get()).second) continue;
      const RunPlace& place = run->place;
      for (const auto& [name, problem] : run->problems)
        for (const Verdict& verdict : problem.verdicts)
          table.rows.push_back({place.base_model.empty() ? run->name : place.base_model,
                                place.precision.empty() ? run->name : place.precision, place.language, name,
                                verdict.passed ? "1" : "0"});
    }
  return table;
}

ExitCode run_compare(const Options& options) {
  const auto format = parse_table_format(options.format);
  if (!format) throw UsageError(fmt::format("--format {}: expected table, csv, json or markdown", options.format));
  ComparisonOptions wanted = options.comparison;
  wanted.margin = options.margin_points / 100;
  if (std::find(wanted.ks.begin(), wanted.ks.end(), 1) == wanted.ks.end()) wanted.ks.push_back(1);
  const std::vector<Comparison> comparisons = compare_all(pairs_of(options), wanted, parse_family(options.family));
  ExitCode code = ExitCode::done;
  for (const Comparison& each : comparisons) {
    if (each.outcomes.empty()) code = ExitCode::not_comparable;
    if (*format == TableFormat::text || *format == TableFormat::markdown) continue;
    for (const std::string& warning : warnings_of(each))
      fmt::print(stderr, "qualm: {}: {}\n", each.runs.candidate->path.string(), warning);
  }
  if (!options.verdicts.empty())
    datasets::write_file_atomically(options.verdicts, render(verdict_table(comparisons), TableFormat::csv));
  if (*format == TableFormat::json) {
    datasets::Json list = datasets::Json::array();
    for (const Comparison& each : comparisons) list.push_back(to_json(each, wanted));
    fmt::print("{}\n", datasets::dump_json(datasets::Json{{"comparisons", list}}));
  } else if (*format == TableFormat::csv) {
    fmt::print("{}", render(study_table(comparisons), *format));
  } else {
    fmt::print("{}", render(readable_table(comparisons), *format));
    for (const Comparison& each : comparisons)
      fmt::print("\n{}", details(each, wanted, *format == TableFormat::markdown));
  }
  return code;
}

}  // namespace

void add_compare(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare", "What was lost against a baseline, and whether it is real");
  command
      ->add_option("paths", options->paths,
                   "The baseline, then candidates: results files, folders of them, or trees of runs; or one tree")
      ->required();
  command->add_option("--by", options->by, "Match the runs of trees by these, as in model,language,label");
  command->add_option("--family", options->family, "Families of tests for the adjusted p-values: rq1, rq2 or rq3")
      ->capture_default_str();
  command->add_option("--format", options->format, "table, csv (the study's columns), json or markdown")
      ->capture_default_str();
  command->add_option(
      "--verdicts", options->verdicts,
      "Also write every completion's verdict to this CSV file: model,quantization,language,problem,pass");
  command->add_option("--margin", options->margin_points, "Points of pass@1 that may be lost without mattering")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  command->add_option("--alpha", options->comparison.alpha, "Level of tests and bounds; intervals have 1 - alpha")
      ->check(CLI::Range(1e-6, 0.5))
      ->capture_default_str();
  command->add_option("--k", options->comparison.ks, "Values of k (default 1)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->take_all()
      ->allow_extra_args(false);  // else it would take the paths that follow
  command->add_option("--seed", options->comparison.seed, "Seed of resampling")->capture_default_str();
  command->add_option("--examples", options->comparison.examples, "Examples of each kind that are shown")
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  qualm compare results/fp16 results/4bit results/2bit\n"
      "  qualm compare results_cleaned --by model,language,label --family rq1 --format csv");
  command->callback([options, &chosen] { chosen = [options] { return run_compare(*options); }; });
}

}  // namespace qualm::harness
