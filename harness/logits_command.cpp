#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "datasets/json_document.h"
#include "harness/model_options.h"
#include "harness/subcommand.h"
#include "harness/token_ids.h"

namespace qualm::harness {
namespace {

ExitCode run_logits(const ModelOptions& options) {
  const auto model = generators::open_local_model(options.options());
  std::string line;
  for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
    const generators::SequenceLogits logits = model->logits(parse_token_ids(line, number));
    const datasets::Json json = {
        {"argmax", logits.argmax}, {"logsumexp", logits.log_sum_exp}, {"last_logits", logits.last_logits}};
    fmt::print("{}\n", json.dump());
    std::fflush(stdout);
  }
  return ExitCode::done;
}

}  // namespace

void add_logits(CLI::App& app, Action& chosen) {
  CLI::App* command =
      app.add_subcommand("logits", "What a model says of given tokens, for comparison with another program");
  const auto options = std::make_shared<ModelOptions>();
  options->add_to(*command, "The model")->required();
  command->footer(
      "Reads JSON arrays of token ids, one a line, from standard input and writes for each a line\n"
      "{\"argmax\": [one a position], \"logsumexp\": [one a position], \"last_logits\": [one a token]}.\n"
      "Example: echo '[750, 912, 2877]' | qualm logits --model model.gguf");
  command->callback([options, &chosen] { chosen = [options] { return run_logits(*options); }; });
}

}  // namespace qualm::harness
