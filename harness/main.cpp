#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "datasets/input_error.h"
#include "generators/local/checkpoint/error.h"
#include "generators/request_error.h"
#include "harness/exit_code.h"
#include "harness/subcommand.h"
#include "harness/usage_error.h"
#include "languages/language.h"
#include "sandbox/error.h"

namespace {

using qualm::harness::Action;
using qualm::harness::ExitCode;

// The edge: every error that reaches the user passes here and becomes one message and one exit status.
ExitCode run(const Action& action) {
  try {
    return action();
  } catch (const qualm::harness::UsageError& error) {
    fmt::print(stderr, "qualm: {}\n", error.what());
    return ExitCode::input;
  } catch (const qualm::datasets::InputError& error) {
    fmt::print(stderr, "qualm: {}\n", error.what());
    return ExitCode::input;
  } catch (const qualm::generators::RequestError& error) {
    fmt::print(stderr, "qualm: {}\n", error.what());
    return ExitCode::input;
  } catch (const qualm::generators::local::CheckpointError& error) {
    fmt::print(stderr, "qualm: {}\n", error.what());
    return ExitCode::input;
  } catch (const std::exception& error) {
    // What is left is of the machine: a file that cannot be written, a missing tool, a jail that cannot be made.
    fmt::print(stderr, "qualm: {}\n", error.what());
    return ExitCode::environment;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Qualm tells how much code-generation quality a quantized model has left: it executes completions in a sandbox,\n"
      "writes MultiPL-E's files, and computes pass@k.",
      "qualm"};
  app.set_version_flag("--version", "qualm " QUALM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  qualm doctor                                   what this machine can do\n"
      "  qualm execute results/humaneval-py-model-0.2-reworded\n"
      "  qualm score results/*                          pass@1 as MultiPL-E's pass_k CSV\n"
      "  qualm execute --verify published/              re-run and compare with published results\n"
      "\n"
      "Exit status: 0 done or yes, 1 no, 2 usage or input error, 3 environment, 4 cannot tell, 5 not comparable,\n"
      "130 interrupted with all finished work saved.");
  Action chosen;
  qualm::harness::add_execute(app, chosen);
  qualm::harness::add_score(app, chosen);
  qualm::harness::add_audit(app, chosen);
  qualm::harness::add_clean(app, chosen);
  qualm::harness::add_show(app, chosen);
  qualm::harness::add_compare(app, chosen);
  qualm::harness::add_gate(app, chosen);
  qualm::harness::add_generate(app, chosen);
  qualm::harness::add_eval(app, chosen);
  qualm::harness::add_tables(app, chosen);
  qualm::harness::add_tokenize(app, chosen);
  qualm::harness::add_doctor(app, chosen);
  qualm::harness::add_logits(app, chosen);
  qualm::harness::add_bench(app, chosen);
  qualm::harness::add_inspect(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help and version itself and gives 0 for them; its other numbers are not ours.
    return app.exit(error) == 0 ? static_cast<int>(ExitCode::done) : static_cast<int>(ExitCode::input);
  }
  return static_cast<int>(run(chosen));
}
