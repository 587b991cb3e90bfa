#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "harness/generation_options.h"
#include "harness/generation_report.h"
#include "harness/generation_run.h"
#include "harness/interruption.h"
#include "harness/live_line.h"
#include "harness/subcommand.h"

namespace qualm::harness {
namespace {

ExitCode run_generate(const GenerationOptions& options) {
  const Interruption interruption;
  const std::vector<GenerationRunPlan> plans = options.plans();
  const generators::Sampling sampling = options.sampling();
  const std::unique_ptr<generators::Generator> generator = options.open_generator();
  GenerationMeter meter;
  GenerationSummary summary;
  {
    const LiveLine live([&meter] { return meter.text(); });
    summary = generate(
        plans, options.output_folder() / "results", *generator, sampling, options.completions(),
        [](const std::filesystem::path&) {}, meter, interruption.token());
  }
  print_summary(summary, plans, options.output_folder() / "results");
  return summary.interrupted ? ExitCode::interrupted : ExitCode::done;
}

}  // namespace

void add_generate(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<GenerationOptions>();
  CLI::App* command =
      app.add_subcommand("generate", "Let a model complete a benchmark's prompts; writes predictions files");
  options->add_to(*command, "--memory,--cache-memory");
  command->footer(
      "Examples:\n"
      "  qualm generate --model model.gguf --language py,java --temperature 0 -o out\n"
      "  qualm generate --model folder/ --dataset mceval --language py --n 20 --seed 7 --shard 1/4 -o out");
  command->callback([options, &chosen] { chosen = [options] { return run_generate(*options); }; });
}

}  // namespace qualm::harness
