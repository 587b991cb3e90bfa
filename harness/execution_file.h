#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "datasets/execution.h"
#include "datasets/predictions.h"
#include "datasets/results.h"
#include "harness/execution_plan.h"
#include "languages/language.h"

namespace qualm::harness {

/// A predictions file while its completions are executed: what has a result, what is still to run, and its results
/// file. Results on disk are always a prefix in the completions' order; what is finished beyond it waits in the
/// sidecar, so that it is not run again. Safe to use from many threads.
class ExecutionFile {
 public:
  /// Reads the predictions (cleaning them where asked) and the results that are there already.
  /// With `recheck` every completion is to run again; an old result stays on disk until its new one is written.
  /// Throws InputError, OutputError where the results' folder cannot be written to.
  ExecutionFile(ExecutionFilePlan plan, const languages::Language& language, datasets::Predictions predictions,
                std::optional<languages::Cleaning> cleaning, bool recheck);

  [[nodiscard]] const ExecutionFilePlan& plan() const { return plan_; }
  [[nodiscard]] std::size_t completions() const { return programs_.size(); }
  [[nodiscard]] const std::string& program(std::size_t index) const { return programs_[index]; }
  [[nodiscard]] languages::Program program_in_parts(std::size_t index) const {
    return {programs_[index], prompt_bytes_, tests_bytes_};
  }
  /// Indices of the completions to run.
  [[nodiscard]] const std::vector<std::size_t>& to_run() const { return to_run_; }
  /// What was read from the results file and the sidecar, for completions that are left alone.
  [[nodiscard]] std::vector<datasets::ExecutionResult> left_alone() const;
  /// How many of those are of another program than these predictions and tests make.
  [[nodiscard]] std::size_t of_another_program() const { return of_another_program_; }

  /// What is to be done after a result was taken.
  enum class Due {
    nothing,
    save,      ///< enough time has passed since the last time that this was asked for
    finished,  ///< save: nothing is missing any more
  };
  /// Takes the result of completion `index`.
  [[nodiscard]] Due accept(std::size_t index, const datasets::Execution& execution);

  /// Writes what is finished and not yet on disk. Throws OutputError.
  void save();

 private:
  struct Slot {
    std::optional<datasets::ExecutionResult> result;
    std::optional<datasets::ExecutionMeasures> measures;
  };

  void read_existing(bool recheck);
  void take_ahead(std::map<std::size_t, datasets::Execution>&& ahead);
  void save_locked();

  const ExecutionFilePlan plan_;
  datasets::Results header_;  // without any result: what the results file says beside them
  std::vector<std::string> programs_;
  std::size_t prompt_bytes_ = 0;
  std::size_t tests_bytes_ = 0;
  std::vector<std::size_t> to_run_;
  std::size_t of_another_program_ = 0;

  std::mutex mutex_;
  std::vector<Slot> slots_;
  std::size_t missing_ = 0;
  bool unsaved_ = false;
  std::chrono::steady_clock::time_point save_asked_ = std::chrono::steady_clock::now();
};

}  // namespace qualm::harness
