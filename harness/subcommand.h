#pragma once

#include <functional>

#include "harness/exit_code.h"

namespace CLI {
class App;
}

namespace qualm::harness {

/// What the command line chose; set by the callback of the subcommand that was given, run by main after parsing.
using Action = std::function<ExitCode()>;

/// One file a subcommand: each adds its options to `app` and, when given, sets `chosen`.
void add_execute(CLI::App& app, Action& chosen);
void add_score(CLI::App& app, Action& chosen);
void add_audit(CLI::App& app, Action& chosen);
void add_clean(CLI::App& app, Action& chosen);
void add_show(CLI::App& app, Action& chosen);
void add_compare(CLI::App& app, Action& chosen);
void add_gate(CLI::App& app, Action& chosen);
void add_generate(CLI::App& app, Action& chosen);
void add_eval(CLI::App& app, Action& chosen);
void add_tables(CLI::App& app, Action& chosen);
void add_tokenize(CLI::App& app, Action& chosen);
void add_doctor(CLI::App& app, Action& chosen);
void add_logits(CLI::App& app, Action& chosen);
void add_bench(CLI::App& app, Action& chosen);
void add_inspect(CLI::App& app, Action& chosen);

}  // namespace qualm::harness
