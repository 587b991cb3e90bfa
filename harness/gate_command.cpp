#include <fmt/chrono.h>
#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>

#include "datasets/atomic_file.h"
#include "datasets/input_error.h"
#include "harness/comparison/matching.h"
#include "harness/gate/gate.h"
#include "harness/gate/gate_reports.h"
#include "harness/gate/saved_baseline.h"
#include "harness/subcommand.h"
#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

using namespace gate;
namespace fs = std::filesystem;
using Runs = std::vector<std::shared_ptr<const comparison::Run>>;

struct Options {
  std::string baseline;
  std::string candidate;
  std::string save_baseline;
  std::string config;
  std::optional<double> margin_points;
  std::optional<double> alpha;
  std::optional<std::string> on_cannot_tell;
  std::optional<std::uint64_t> suspect_limit;
  std::vector<std::string> allowed;
  std::string junit;
  std::string gitlab;
  std::string json;
  std::string step_summary;
  bool github = false;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Rules rules_of(const Options& options) {
  Rules rules;
  if (!options.config.empty()) rules.rules = read_rules(options.config);
  PartialRule given;
  if (options.margin_points) given.margin = *options.margin_points / 100;
  given.alpha = options.alpha;
  given.on_cannot_tell = options.on_cannot_tell;
  given.suspect_limit = options.suspect_limit;
  if (!options.allowed.empty()) {
    given.allowed.emplace();
    for (const std::string& name : options.allowed) given.allowed->insert(parse_allowance(name));
  }
  rules.rules.push_back(given);
  return rules;
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(now));
}

// What GitHub's step summary holds already is of the steps before: it is added to.
void append(const fs::path& file, const std::string& text) {
  const std::string before = fs::exists(file) ? datasets::read_file(file) : "";
  datasets::write_file_atomically(file, before + text);
}

void write_reports(const Options& options, const std::vector<ReportCase>& cases,
                   const std::vector<Judgement>& judgements) {
  if (!options.junit.empty()) datasets::write_file_atomically(options.junit, junit_xml(cases, utc_now()));
  if (!options.gitlab.empty()) datasets::write_file_atomically(options.gitlab, gitlab_report(cases));
  const bool on_github = options.github || environment("GITHUB_ACTIONS") == "true";
  const std::string summary = !options.step_summary.empty() ? options.step_summary : environment("GITHUB_STEP_SUMMARY");
  if (!summary.empty()) append(summary, step_summary(cases, judgements));
  if (on_github) fmt::print("{}", github_annotations(cases));
}

std::vector<Judgement> judge_runs(const Options& options) {
  const Rules rules = rules_of(options);
  const Runs baselines = read_baseline_or_runs(options.baseline);
  const Runs candidates = comparison::read_runs(options.candidate);
  if (!options.save_baseline.empty()) save_baseline(options.save_baseline, baselines);
  std::vector<Judgement> judgements = judge_all(baselines, candidates, rules);
  for (const auto& candidate : candidates)
    if (std::none_of(judgements.begin(), judgements.end(),
                     [&](const Judgement& each) { return each.comparison.runs.candidate == candidate; }))
      fmt::print(stderr, "qualm: {}: not judged, the baseline has no run like it\n", candidate->path.string());
  return judgements;
}

ExitCode run_gate(const Options& options) {
  if (options.baseline.empty() || options.candidate.empty()) {
    const std::string& results = options.baseline.empty() ? options.candidate : options.baseline;
    if (options.save_baseline.empty() || results.empty())
      throw UsageError("gate needs --baseline and --candidate; or one of them and --save-baseline FILE");
    const Runs runs = comparison::read_runs(results);
    save_baseline(options.save_baseline, runs);
    std::size_t problems = 0;
    for (const auto& run : runs) problems += run->problems.size();
    fmt::print("saved {} runs, {} problems, to {}\n", runs.size(), problems, options.save_baseline);
    return ExitCode::done;
  }
  std::vector<Judgement> judgements;
  try {
    judgements = judge_runs(options);
  } catch (const datasets::InputError& error) {
    // A pipeline shows what its report says: an input that cannot be read belongs into it.
    write_reports(options, {{"input", "input error", ReportCase::Outcome::error, error.what(), "", options.candidate}},
                  {});
    throw;
  }
  const ExitCode code = exit_code_of(judgements);
  fmt::print("{}\n", verdict_line(judgements));
  for (const Judgement& each : judgements) {
    if (judgements.size() > 1) fmt::print(stderr, "{}: {}: {}\n", each.name, name_of(each.answer), each.reason());
    for (const std::string& note : each.notes) fmt::print(stderr, "note: {}: {}\n", each.name, note);
  }
  write_reports(options, report_cases(judgements), judgements);
  if (!options.json.empty()) datasets::write_file_atomically(options.json, json_report(judgements));
  return code;
}

}  // namespace

void add_gate(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("gate", "Is the candidate worse than the baseline? Answers by exit status");
  command->add_option("--baseline", options->baseline, "Results, or a file that --save-baseline wrote");
  command->add_option("--candidate", options->candidate, "Results to judge");
  command->add_option("--save-baseline", options->save_baseline,
                      "Write the baseline's verdicts, settings and hashes to this file");
  const std::string rules = "Rules";
  command->add_option("--config", options->config, "Rules file (TOML); options given here outweigh it")->group(rules);
  command->add_option("--margin", options->margin_points, "Points of pass@1 that may be lost (default 2)")
      ->check(CLI::Range(0.0, 100.0))
      ->group(rules);
  command->add_option("--alpha", options->alpha, "One-sided level of the bounds (default 0.05)")
      ->check(CLI::Range(1e-6, 0.5))
      ->group(rules);
  command->add_option("--on-cannot-tell", options->on_cannot_tell, "pass, fail, or status: exit status 4 (default)")
      ->check(CLI::IsMember({"pass", "fail", "status"}))
      ->group(rules);
  command->add_option("--suspect-limit", options->suspect_limit, "Suspect passes that a run may have (default 0)")
      ->group(rules);
  command
      ->add_option("--allow", options->allowed,
                   "Compare in spite of: missing-problems, fewer-completions, settings, sandbox, suspects (repeatable)")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false)
      ->group(rules);
  const std::string reports = "Reports";
  command->add_option("--junit", options->junit, "Write JUnit XML here")->group(reports);
  command->add_option("--gitlab", options->gitlab, "Write GitLab's code quality report here")->group(reports);
  command->add_option("--json", options->json, "Write the comparisons as JSON here")->group(reports);
  command
      ->add_option("--step-summary", options->step_summary,
                   "Append Markdown here (default: the file that GITHUB_STEP_SUMMARY names)")
      ->group(reports);
  command->add_flag("--github", options->github, "Print GitHub annotations (default where GITHUB_ACTIONS is true)")
      ->group(reports);
  command->footer(
      "Exit status: 0 not worse, 1 worse, 4 cannot tell, 5 not comparable, 2 an input that cannot be read.\n"
      "Examples:\n"
      "  qualm gate --baseline results/fp16 --save-baseline baseline.qualm\n"
      "  qualm gate --baseline baseline.qualm --candidate results/4bit --config qualm-gate.toml --junit gate.xml");
  command->callback([options, &chosen] { chosen = [options] { return run_gate(*options); }; });
}

}  // namespace qualm::harness
