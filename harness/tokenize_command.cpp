#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "datasets/input_error.h"
#include "datasets/json_document.h"
#include "generators/local_model.h"
#include "harness/subcommand.h"
#include "harness/token_ids.h"

namespace qualm::harness {
namespace {

struct Options {
  std::filesystem::path model;
  bool decode = false;
  bool add_special = false;
  bool skip_special = false;
};

datasets::Json answer(const generators::local::Tokenizer& tokenizer, const Options& options, const std::string& line,
                      std::size_t number) {
  const std::filesystem::path input = "standard input";
  if (options.decode) try {
      return tokenizer.decode(parse_token_ids(line, number), options.skip_special);
    } catch (const std::out_of_range& error) {
      throw datasets::InputError(input, fmt::format("line {}: {}", number, error.what()));
    }
  const datasets::Json text = datasets::parse_json(line, input, number);
  if (!text.is_string()) throw datasets::InputError(input, fmt::format("line {}: expected a JSON string", number));
  return tokenizer.encode(text.get<std::string>(), options.add_special);
}

ExitCode run_tokenize(const Options& options) {
  const auto tokenizer = generators::open_tokenizer(options.model);
  std::string line;
  for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
    fmt::print("{}\n", answer(*tokenizer, options, line, number).dump());
    std::fflush(stdout);
  }
  return ExitCode::done;
}

}  // namespace

void add_tokenize(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("tokenize", "Texts to a model's token ids, or back");
  command->add_option("-m,--model", options->model, "A .gguf file, or a folder with a tokenizer")->required();
  command->add_flag("--decode", options->decode, "Ids to texts");
  command->add_flag("--add-special", options->add_special,
                    "Add what the tokenizer puts around a text (beginning, end)");
  command->add_flag("--skip-special", options->skip_special, "With --decode: leave special tokens out");
  command->footer(
      "Reads JSON strings (with --decode: arrays of ids), one a line, from standard input; writes arrays of ids (JSON\n"
      "strings), one a line.\n"
      "Example: echo '\"def add(x, y):\"' | qualm tokenize --model model.gguf");
  command->callback([options, &chosen] { chosen = [options] { return run_tokenize(*options); }; });
}

}  // namespace qualm::harness
