#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/execution_plan.h"
#include "harness/exit_code.h"
#include "harness/plan_queue.h"
#include "languages/language.h"

namespace qualm::harness {

struct ExecutionOptions {
  languages::Settings settings;
  std::size_t jobs = 1;
  bool recheck = false;
  std::size_t retries = 200;  ///< timeouts that are run again alone, because of load
  std::optional<languages::Cleaning> cleaning;
  /// Another stage's text in front of the progress line; empty: none.
  std::function<std::string()> progress_before;
};

/// What came of one run of `execute`, for its closing lines.
struct ExecutionSummary {
  std::size_t files = 0;                ///< predictions files looked at
  std::size_t executed = 0;             ///< completions given a result by this run
  std::size_t programs_run = 0;         ///< of those, how many were run rather than shared with an identical one
  std::size_t left_alone = 0;           ///< completions that had results
  std::size_t of_another_program = 0;   ///< of those, results whose program is not these predictions'
  std::size_t without_completions = 0;  ///< files whose completions are empty
  std::map<std::string, std::size_t> statuses;  ///< of executed
  std::size_t refused_calls = 0;  ///< executed completions that met a system call the sandbox does not list
  /// What could not be done, each once, with the exit code it asks for.
  std::vector<std::pair<std::string, ExitCode>> problems;
  std::size_t native_code = 0;       ///< passes that could have forged the mark of their end
  std::size_t run_again = 0;         ///< timeouts that were run again alone
  std::size_t changed_alone = 0;     ///< of those, how many were no timeout then
  std::size_t under_load = 0;        ///< timeouts that should have been run again, beyond ExecutionOptions::retries
  std::vector<std::string> remarks;  ///< of the languages' runners
  std::size_t near_limit = 0;        ///< executed completions that used more than 60% of the time limit
  bool interrupted = false;

  [[nodiscard]] ExitCode exit_code() const;
};

/// Executes all completions of `plans` that have no result yet and writes results and sidecars as files are finished.
/// A bad file or a missing tool is noted and the rest is done; a fault of the sandbox itself ends the run, with
/// finished work saved. `stop` ends it early, likewise.
[[nodiscard]] ExecutionSummary execute(const std::vector<ExecutionFilePlan>& plans, const ExecutionOptions& options,
                                       const std::stop_token& stop);

/// The same for files that another stage is still writing: works until `plans` is closed and empty.
[[nodiscard]] ExecutionSummary execute(PlanQueue& plans, const ExecutionOptions& options, const std::stop_token& stop);

}  // namespace qualm::harness
