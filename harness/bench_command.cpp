#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "datasets/json_document.h"
#include "harness/model_options.h"
#include "harness/subcommand.h"

namespace qualm::harness {
namespace {

struct Settings {
  std::int64_t prompt = 200;
  std::vector<std::int64_t> streams{1, 20};
  std::int64_t tokens = 48;
  std::string format = "table";
};

double rate(std::int64_t tokens, double seconds) { return seconds > 0.0 ? static_cast<double>(tokens) / seconds : 0.0; }

ExitCode run_bench(const ModelOptions& options, const Settings& settings) {
  const auto model = generators::open_local_model(options.options());
  (void)model->measure(std::min<std::int64_t>(settings.prompt, 8), 1, 1);  // weights are read into memory
  datasets::Json rows = datasets::Json::array();
  std::int64_t prompt_tokens = 0;
  double prompt_seconds = 0.0;
  if (settings.format == "table")
    fmt::print("{:>8} {:>10} {:>14} {:>14}\n", "streams", "tokens", "tokens/s", "prompt t/s");
  for (const std::int64_t streams : settings.streams) {
    const generators::Throughput measured = model->measure(settings.prompt, streams, settings.tokens);
    prompt_tokens += measured.prompt_tokens;
    prompt_seconds += measured.prompt_seconds;
    const double generation = rate(measured.generated_tokens, measured.generation_seconds);
    const double prompt = rate(measured.prompt_tokens, measured.prompt_seconds);
    rows.push_back({{"streams", streams}, {"tokens_per_second", generation}, {"prompt_tokens_per_second", prompt}});
    if (settings.format == "table")
      fmt::print("{:>8} {:>10} {:>14.1f} {:>14.1f}\n", streams, measured.generated_tokens, generation, prompt);
  }
  if (settings.format == "json") {
    const datasets::Json json = {{"prompt_tokens", settings.prompt},
                                 {"tokens", settings.tokens},
                                 {"prompt_tokens_per_second", rate(prompt_tokens, prompt_seconds)},
                                 {"streams", rows},
                                 {"model", model->description()}};
    fmt::print("{}\n", json.dump(2));
  }
  return ExitCode::done;
}

}  // namespace

void add_bench(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("bench", "How many tokens a second a model reads and writes on this machine");
  const auto options = std::make_shared<ModelOptions>();
  options->add_to(*command, "The model")->required();
  const auto settings = std::make_shared<Settings>();
  command->add_option("--prompt", settings->prompt, "Tokens of the prompt")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--streams", settings->streams, "Completions at once that share the prompt, one or more counts")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  command->add_option("--tokens", settings->tokens, "Tokens of each completion")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--format", settings->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command->footer("Example: qualm bench --model model.gguf --prompt 200 --streams 1,20 --tokens 48");
  command->callback(
      [options, settings, &chosen] { chosen = [options, settings] { return run_bench(*options, *settings); }; });
}

}  // namespace qualm::harness
