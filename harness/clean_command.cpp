#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "datasets/input_error.h"
#include "datasets/predictions.h"
#include "datasets/run_folder.h"
#include "harness/completion_cleaning.h"
#include "harness/execution_plan.h"
#include "harness/subcommand.h"
#include "harness/usage_error.h"
#include "languages/language.h"

namespace qualm::harness {
namespace {

struct Options {
  std::vector<std::filesystem::path> paths;
  std::filesystem::path output_folder;
  bool study = false;
};

struct Counts {
  std::size_t completions = 0;
  std::size_t cut = 0;
};

void clean_file(const ExecutionFilePlan& plan, languages::Cleaning cleaning, Counts& counts) {
  datasets::Predictions predictions = datasets::read_predictions(plan.predictions);
  counts.completions += predictions.completions.size();
  counts.cut += clean_completions(predictions, cleaning, plan.predictions);
  std::filesystem::create_directories(plan.cleaned_predictions.parent_path());
  datasets::write_predictions(plan.cleaned_predictions, predictions);
}

ExitCode run_clean(const Options& options) {
  const auto plans = plan_execution(options.paths, options.output_folder, /*cleaned=*/true, Shard{});
  ExitCode code = ExitCode::done;
  Counts counts;
  std::size_t written = 0;
  for (const ExecutionFilePlan& plan : plans) try {
      clean_file(plan, options.study ? languages::Cleaning::study : languages::Cleaning::exact, counts);
      ++written;
    } catch (const datasets::InputError& error) {
      fmt::print(stderr, "qualm: {}\n", error.what());
      code = ExitCode::input;
    }
  fmt::print("{} of {} completions cut after their first function, {} files written below {}\n", counts.cut,
             counts.completions, written, options.output_folder.string());
  return code;
}

}  // namespace

void add_clean(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("clean", "Cut completions after their first function; never changes its input");
  command->add_option("paths", options->paths, "Predictions files, or folders of them (recursive)")->required();
  command->add_option("-o,--output-dir", options->output_folder, "Where the cleaned predictions go")->required();
  command->add_flag("--study", options->study,
                    "Cut as the replication package does (a byte column taken for a character column)");
  command->footer("Example: qualm clean results/ --output-dir results_cleaned/");
  command->callback([options, &chosen] { chosen = [options] { return run_clean(*options); }; });
}

}  // namespace qualm::harness
