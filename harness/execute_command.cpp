#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <set>

#include "datasets/input_error.h"
#include "harness/execution_plan.h"
#include "harness/execution_report.h"
#include "harness/execution_run.h"
#include "harness/interruption.h"
#include "harness/number_text.h"
#include "harness/run_settings_options.h"
#include "harness/shard.h"
#include "harness/subcommand.h"
#include "harness/table.h"
#include "harness/usage_error.h"
#include "harness/verification.h"

namespace qualm::harness {
namespace {

struct Options {
  std::vector<std::filesystem::path> paths;
  std::filesystem::path output_folder;
  std::string cleaning = "no";
  std::string shard;
  bool recheck = false;
  std::size_t retries = 200;
  bool verify = false;
  bool strict_verify = false;
  RunSettingsOptions run;
};

std::optional<languages::Cleaning> cleaning_of(const Options& options) {
  if (options.cleaning == "no") return std::nullopt;
  if (options.output_folder.empty())
    throw UsageError("--clean needs --output-dir: the predictions themselves are never changed");
  if (options.cleaning == "exact") return languages::Cleaning::exact;
  if (options.cleaning == "study") return languages::Cleaning::study;
  throw UsageError(fmt::format("--clean={}: expected --clean or --clean=study", options.cleaning));
}

std::vector<std::filesystem::path> results_folders(const std::vector<ExecutionFilePlan>& plans) {
  std::set<std::filesystem::path> folders;
  for (const ExecutionFilePlan& plan : plans)
    if (std::filesystem::exists(plan.results)) {
      const std::filesystem::path folder = plan.results.parent_path();
      folders.insert(folder.empty() ? "." : folder);
    }
  return {folders.begin(), folders.end()};
}

ExitCode run_verify(const Options& options) {
  if (!options.output_folder.empty() || options.recheck || options.cleaning != "no" || !options.shard.empty())
    throw UsageError("--verify writes nothing: it goes without --output-dir, --recheck, --clean and --shard");
  const Interruption interruption;
  languages::Settings settings = options.run.settings();
  const Verification verification = verify(options.paths, settings, options.run.jobs(), interruption.token());
  Table table{{"Run", "Completions", "Same status", "pass@1 recorded", "pass@1 here"}, {}};
  std::map<std::string, std::size_t> classes;
  bool ours = false;
  for (const FolderAgreement& folder : verification.folders) {
    table.rows.push_back({std::filesystem::weakly_canonical(folder.folder).filename().string(),
                          fmt::format("{}", folder.completions), fmt::format("{}", folder.same_status),
                          shortest_text(folder.recorded_pass_at_1), shortest_text(folder.our_pass_at_1)});
    for (const Disagreement& one : folder.disagreements) {
      ++classes[to_string(one.disagreement)];
      ours = ours || one.disagreement == DisagreementClass::ours;
      fmt::print("{}:{}: {} (exit code {}) recorded, {} (exit code {}) here: {}\n", one.file.string(), one.index,
                 one.recorded.status, one.recorded.exit_code, one.ours.status, one.ours.exit_code,
                 to_string(one.disagreement));
    }
  }
  const FolderAgreement total = total_of(verification.folders);
  table.rows.push_back({"total", fmt::format("{}", total.completions), fmt::format("{}", total.same_status),
                        shortest_text(total.recorded_pass_at_1), shortest_text(total.our_pass_at_1)});
  fmt::print("{}", render(table, TableFormat::text));
  for (const auto& [name, count] : classes) fmt::print("{} disagreements {}\n", count, name);
  if (verification.interrupted) fmt::print("interrupted; the table holds what was verified until then\n");
  ExitCode code = verification.interrupted ? ExitCode::interrupted : ExitCode::done;
  for (const auto& problem : verification.problems) code = worse_of(code, problem.second);
  if (ours || (options.strict_verify && !classes.empty())) code = worse_of(code, ExitCode::no);
  return code;
}

ExitCode run_execute(const Options& options) {
  if (options.verify) return run_verify(options);
  if (options.strict_verify) throw UsageError("--strict-verify goes with --verify");
  ExecutionOptions execution;
  execution.cleaning = cleaning_of(options);
  execution.settings = options.run.settings();
  execution.recheck = options.recheck;
  execution.retries = options.retries;
  const auto plans =
      plan_execution(options.paths, options.output_folder, execution.cleaning.has_value(), chosen_shard(options.shard));
  execution.jobs = options.run.jobs();
  const Interruption interruption;
  const ExecutionSummary summary = execute(plans, execution, interruption.token());
  print_summary(summary);
  print_scores(results_folders(plans));
  return summary.exit_code();
}

}  // namespace

void add_execute(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("execute", "Run the completions of predictions files and write results files");
  command->add_option("paths", options->paths, "Predictions files, or folders of them (recursive)")->required();
  command->add_option("-o,--output-dir", options->output_folder,
                      "Put results here, keeping relative paths (default: beside each file)");
  command->add_flag("--clean{exact}", options->cleaning,
                    "Cut completions after their first function (--clean=study: as the replication package)");
  command->add_flag("--recheck", options->recheck, "Run completions again that have results");
  command->add_option("--retries", options->retries, "Timeouts run again alone at most, where they may be due to load")
      ->capture_default_str();
  command->add_option("--shard", options->shard,
                      "i/n: only the i-th of n parts of the problems (default in a Slurm array: the task's)");
  command->add_flag("--verify", options->verify, "Write nothing; re-run what has results and compare");
  command->add_flag("--strict-verify", options->strict_verify, "With --verify: any disagreement is exit status 1");
  options->run.add_to(*command);
  command->footer(
      "Examples:\n"
      "  qualm execute results/humaneval-py-model-0.2-reworded\n"
      "  qualm execute --clean=study raw/ --output-dir cleaned/ --jobs 8\n"
      "  qualm execute --verify published/");
  command->callback([options, &chosen] { chosen = [options] { return run_execute(*options); }; });
}

}  // namespace qualm::harness
