#include <fmt/core.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <optional>

#include "datasets/execution_sidecar.h"
#include "datasets/input_error.h"
#include "datasets/predictions.h"
#include "datasets/results.h"
#include "datasets/run_folder.h"
#include "harness/number_text.h"
#include "harness/subcommand.h"
#include "harness/terminal_text.h"
#include "harness/usage_error.h"
#include "languages/language.h"

namespace qualm::harness {
namespace {

namespace fs = std::filesystem;

struct Target {
  fs::path file;
  std::optional<std::size_t> index;
};

// FILE or FILE:N; a file whose own name ends in :N is taken as it is.
Target parse_target(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (fs::exists(text) || colon == std::string::npos) return {text, std::nullopt};
  std::size_t index = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, index);
  if (error != std::errc{} || stopped != end)
    throw UsageError(fmt::format("{}: expected FILE or FILE:N with N counted from 0", text));
  return {text.substr(0, colon), index};
}

/// What is known of one problem's completions: either file may be missing.
struct Shown {
  std::optional<datasets::Predictions> predictions;
  std::optional<datasets::Results> results;
  datasets::ExecutionSidecar sidecar;

  [[nodiscard]] std::size_t count() const {
    return std::max(predictions ? predictions->completions.size() : 0, results ? results->results.size() : 0);
  }
};

Shown read(const fs::path& file) {
  Shown shown;
  if (datasets::kind_of(file) == datasets::FileKind::results) {
    shown.results = datasets::read_results(file);
    shown.sidecar = datasets::read_execution_sidecar(datasets::execution_sidecar_path(file));
    for (const char* suffix : {".json.gz", ".json"})
      if (const fs::path beside = file.parent_path() / (datasets::stem_of(file) + suffix);
          !shown.predictions && fs::exists(beside))
        shown.predictions = datasets::read_predictions(beside);
    return shown;
  }
  shown.predictions = datasets::read_predictions(file);
  const fs::path results = datasets::results_path(file.parent_path(), file);
  if (fs::exists(results)) {
    shown.results = datasets::read_results(results);
    shown.sidecar = datasets::read_execution_sidecar(datasets::execution_sidecar_path(results));
  }
  return shown;
}

void print_numbered(const std::string& text) {
  std::size_t number = 1;
  for (std::size_t start = 0; start < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    fmt::print("{:5} | {}\n", number, printable(std::string_view(text).substr(start, end - start)));
    start = end + 1;
  }
}

void print_section(const char* title, const std::string& text) {
  fmt::print("--- {}\n", title);
  if (text.empty()) return;
  fmt::print("{}{}", printable(text), text.ends_with('\n') ? "" : "\n");
}

void print_measures(const datasets::ExecutionMeasures& measures) {
  fmt::print("cause: {}; CPU {:.3f} s, wall {:.3f} s, peak memory {}; runner {}{}{}\n", measures.cause,
             std::chrono::duration<double>(measures.cpu).count(), std::chrono::duration<double>(measures.wall).count(),
             bytes_text(measures.peak_memory_bytes), measures.runner, measures.run_again ? "; run again" : "",
             measures.suspect ? "; SUSPECT: passed without evidence that its tests ran" : "");
  if (!measures.refused_calls.empty())
    fmt::print("system calls that the sandbox does not list: {}\n", fmt::join(measures.refused_calls, ", "));
}

void print_completion(const Shown& shown, std::size_t index) {
  const bool has_result = shown.results && index < shown.results->results.size();
  const bool has_completion = shown.predictions && index < shown.predictions->completions.size();
  if (has_completion) print_section("completion", shown.predictions->completions[index]);
  std::string program;
  if (has_result)
    program = shown.results->results[index].program;
  else if (const languages::Language* language = languages::find(shown.predictions->language); language != nullptr)
    program =
        language->assemble(shown.predictions->prompt, shown.predictions->completions[index], shown.predictions->tests);
  fmt::print("--- program\n");
  print_numbered(program);
  if (!has_result) {
    fmt::print("--- no result yet; run qualm execute\n");
    return;
  }
  const datasets::ExecutionResult& result = shown.results->results[index];
  print_section("standard output", result.standard_output);
  print_section("standard error", result.standard_error);
  fmt::print("--- verdict: {} (exit code {})\n", printable(result.status), result.exit_code);
  if (index < shown.sidecar.completions.size() && shown.sidecar.completions[index])
    print_measures(*shown.sidecar.completions[index]);
}

ExitCode run_show(const std::string& text) {
  const Target target = parse_target(text);
  const Shown shown = read(target.file);
  if (target.index && *target.index >= shown.count())
    throw datasets::InputError(
        target.file,
        fmt::format("has {} completions; completion {} is asked for (the first is 0)", shown.count(), *target.index));
  for (std::size_t i = target.index.value_or(0); i < (target.index ? *target.index + 1 : shown.count()); ++i) {
    fmt::print("=== {}:{}\n", printable(target.file.string()), i);
    print_completion(shown, i);
  }
  return ExitCode::done;
}

}  // namespace

void add_show(CLI::App& app, Action& chosen) {
  const auto target = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("show", "One completion, its program, output and verdict");
  command->add_option("file", *target, "A predictions or results file, or FILE:N for its N-th completion from 0")
      ->required();
  command->footer("Example: qualm show results/run/HumanEval_53_add.json.gz:0");
  command->callback([target, &chosen] { chosen = [target] { return run_show(*target); }; });
}

}  // namespace qualm::harness
