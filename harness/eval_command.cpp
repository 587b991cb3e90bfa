#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <memory>
#include <stop_token>
#include <thread>

#include "datasets/input_error.h"
#include "datasets/predictions.h"
#include "datasets/run_folder.h"
#include "harness/completion_cleaning.h"
#include "harness/execution_report.h"
#include "harness/execution_run.h"
#include "harness/generation_options.h"
#include "harness/generation_report.h"
#include "harness/generation_run.h"
#include "harness/interruption.h"
#include "harness/run_settings_options.h"
#include "harness/subcommand.h"
#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

struct Options {
  GenerationOptions generation;
  RunSettingsOptions run;
  bool no_clean = false;
  bool study_clean = false;
};

/// Where eval's stages put their files: results/RUN has the predictions, results_cleaned/RUN the cleaned ones and the
/// results; without cleaning all lie in results/RUN.
struct Folders {
  std::filesystem::path results;
  std::filesystem::path executed;
};

// What is written is what `qualm clean` writes; a file that is there and equal is left alone.
std::filesystem::path clean_file(const std::filesystem::path& file, const Folders& folders,
                                 languages::Cleaning cleaning) {
  const std::filesystem::path cleaned = folders.executed / file.lexically_relative(folders.results);
  datasets::Predictions predictions = datasets::read_predictions(file);
  clean_completions(predictions, cleaning, file);
  if (std::filesystem::exists(cleaned) && datasets::read_json(cleaned) == datasets::to_json(predictions))
    return cleaned;
  std::filesystem::create_directories(cleaned.parent_path());
  datasets::write_predictions(cleaned, predictions);
  return cleaned;
}

/// Generation on its own thread feeds execution on the others; a fault of one stops the other, with finished work
/// saved.
class Pipeline {
 public:
  Pipeline(const Options& options, const Interruption& interruption)
      : options_(options), plans_(options.generation.plans()), folders_(folders(options)), queue_(problems()) {
    interrupted_.emplace(interruption.token(), [this] { stop_.request_stop(); });
  }

  ExitCode run() {
    const generators::Sampling sampling = options_.generation.sampling();
    ExecutionOptions execution;
    execution.settings = options_.run.settings();
    execution.jobs = options_.run.jobs();
    execution.progress_before = [this] { return meter_.text(); };
    const std::unique_ptr<generators::Generator> generator = options_.generation.open_generator();
    std::exception_ptr fault;
    std::jthread generation([&] {
      try {
        generated_ = generate(
            plans_, folders_.results, *generator, sampling, options_.generation.completions(),
            [this](const auto& file) { pass_on(file); }, meter_, stop_.get_token());
      } catch (...) {
        fault = std::current_exception();
      }
      queue_.close();
    });
    const ExecutionSummary executed = execute(queue_, execution, stop_.get_token());
    // Where nothing can be executed there is no use in generating on.
    if (executed.exit_code() == ExitCode::environment) stop_.request_stop();
    generation.join();
    if (fault) std::rethrow_exception(fault);
    return report(executed);
  }

 private:
  static Folders folders(const Options& options) {
    const std::filesystem::path& output = options.generation.output_folder();
    return {output / "results", options.no_clean ? output / "results" : output / "results_cleaned"};
  }

  [[nodiscard]] std::size_t problems() const {
    std::size_t count = 0;
    for (const GenerationRunPlan& plan : plans_) count += plan.problems.size();
    return count;
  }

  void pass_on(const std::filesystem::path& file) {
    const languages::Cleaning cleaning = options_.study_clean ? languages::Cleaning::study : languages::Cleaning::exact;
    const std::filesystem::path executed = options_.no_clean ? file : clean_file(file, folders_, cleaning);
    queue_.add({executed, datasets::results_path(executed.parent_path(), executed), {}});
  }

  [[nodiscard]] ExitCode report(const ExecutionSummary& executed) const {
    print_summary(generated_, plans_, folders_.results);
    print_summary(executed);
    std::vector<std::filesystem::path> scored;
    for (const GenerationRunPlan& plan : plans_)
      if (std::filesystem::exists(folders_.executed / plan.run)) scored.push_back(folders_.executed / plan.run);
    print_scores(scored);
    return executed.exit_code();
  }

  const Options& options_;
  const std::vector<GenerationRunPlan> plans_;
  const Folders folders_;
  PlanQueue queue_;
  GenerationMeter meter_;
  GenerationSummary generated_;
  std::stop_source stop_;
  std::optional<std::stop_callback<std::function<void()>>> interrupted_;
};

ExitCode run_eval(const Options& options) {
  if (options.no_clean && options.study_clean) throw UsageError("--no-clean and --clean-study exclude one another");
  const Interruption interruption;
  const ExitCode code = Pipeline(options, interruption).run();
  return interruption.requested() ? worse_of(code, ExitCode::interrupted) : code;
}

}  // namespace

void add_eval(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("eval", "Generate, clean, execute and score as one overlapped pipeline");
  options->generation.add_to(*command, "--cache-memory");
  options->run.add_to(*command);
  command->add_flag("--no-clean", options->no_clean, "Execute completions as they are");
  command->add_flag("--clean-study", options->study_clean, "Cut as the replication package does");
  command->footer(
      "Examples:\n"
      "  qualm eval --model model.gguf --language py,java --temperature 0 -o out\n"
      "  qualm eval --model model.gguf --language py --n 5 --limit 40 -o out\n"
      "  qualm eval --replay published/humaneval-py-model-0.2-reworded --language py -o out");
  command->callback([options, &chosen] { chosen = [options] { return run_eval(*options); }; });
}

}  // namespace qualm::harness
