#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <string>

#include "datasets/input_error.h"
#include "datasets/json_document.h"
#include "harness/local_model_options.h"
#include "harness/subcommand.h"

namespace qualm::harness {
namespace {

std::vector<std::int32_t> parse_ids(const std::string& line, std::size_t number) {
  const std::filesystem::path input = "standard input";
  const datasets::Json json = datasets::parse_json(line, input, number);
  const auto fail = [&]() -> datasets::InputError {
    return {input, fmt::format("line {}: expected a JSON array of token ids", number)};
  };
  if (!json.is_array()) throw fail();
  std::vector<std::int32_t> ids;
  for (const datasets::Json& id : json) {
    if (!id.is_number_integer() || id < 0 || id > INT32_MAX) throw fail();
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

ExitCode run_logits(const generators::LocalModelOptions& options) {
  const auto model = generators::open_local_model(options);
  std::string line;
  for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
    const generators::SequenceLogits logits = model->logits(parse_ids(line, number));
    const datasets::Json json = {
        {"argmax", logits.argmax}, {"logsumexp", logits.log_sum_exp}, {"last_logits", logits.last_logits}};
    fmt::print("{}\n", json.dump());
    std::fflush(stdout);
  }
  return ExitCode::done;
}

}  // namespace

void add_logits(CLI::App& app, Action& chosen) {
  CLI::App* command = app.add_subcommand("logits", "What a model says of given tokens, for comparison with another program");
  const auto options = add_local_model_options(*command);
  command->footer(
      "Reads JSON arrays of token ids, one a line, from standard input and writes for each a line\n"
      "{\"argmax\": [one a position], \"logsumexp\": [one a position], \"last_logits\": [one a token]}.\n"
      "Example: echo '[750, 912, 2877]' | qualm logits --model model.gguf");
  command->callback([options, &chosen] { chosen = [options] { return run_logits(*options); }; });
}

}  // namespace qualm::harness
