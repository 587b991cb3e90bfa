#include "languages/python/python_runner.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "languages/judge.h"
#include "languages/python/interpreter.h"
#include "languages/python/suspicion.h"
#include "languages/python/zygote_pool.h"
#include "languages/python/zygote_task.h"

namespace qualm::languages::python {
namespace {

class PythonRunner : public Runner {
 public:
  explicit PythonRunner(const Settings& settings)
      : interpreter_(inspect_interpreter(settings.python)),
        limits_(limits_of(settings)),
        kind_(settings.runner),
        turns_(settings.turns),
        jail_(settings.level) {
    try {
      zygotes_.emplace(interpreter_, jail_, limits_, turns_);
    } catch (const ToolchainError& error) {
      // Plain verdicts need no zygote; whether passes are suspect is then not examined, and run.qualm says so.
      if (kind_ != RunnerKind::plain) throw;
      why_not_examined_ = error.what();
    }
  }

  [[nodiscard]] datasets::Execution run(const Program& program, const std::stop_token& stop) const override {
    const std::size_t before_tests = program.tests_begin();
    bool ran_to_its_end = false;
    sandbox::Outcome outcome;
    if (kind_ == RunnerKind::plain) {
      const sandbox::Turns::Turn turn = sandbox::Turns::take(turns_.get(), stop);
      outcome = jail_.run(command_for(interpreter_, program.text), limits_, stop);
    } else {
      ZygotePool::Run run = zygotes_->run(program.text, kRunProgram, before_tests, stop);
      outcome = std::move(run.outcome);
      ran_to_its_end = run.ran_to_its_end;
    }
    datasets::Execution execution{result_of(program.text, outcome), measures_of(outcome)};
    execution.result.status = status_of(outcome, execution.result);
    execution.measures.runner = to_string(kind_);
    if (execution.result.passed() && zygotes_ && program.tests_bytes > 0) {
      // The plain interpreter makes no mark: its pass is looked at in a clone.
      if (kind_ == RunnerKind::plain)
        ran_to_its_end = zygotes_->run(program.text, kRunProgram, before_tests, stop).ran_to_its_end;
      execution.measures.native_code = has_any(program, before_tests, {"ctypes", "cffi"});
      execution.measures.suspect =
          !ran_to_its_end || (may_bend_comparisons(program) && survives_other_tests(program, before_tests, stop));
    }
    return execution;
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> versions() const override {
    std::vector<std::pair<std::string, std::string>> versions = {{"python", interpreter_.version},
                                                                 {"PYTHONHASHSEED", "0"}};
    if (!why_not_examined_.empty()) versions.emplace_back("suspects not examined", why_not_examined_);
    return versions;
  }

 private:
  /// Whether the program passes tests that expect what no honest program returns.
  [[nodiscard]] bool survives_other_tests(const Program& program, std::size_t before_tests,
                                          const std::stop_token& stop) const {
    const auto passes = [&](char kind) {
      const sandbox::Outcome outcome = zygotes_->run(program.text, kind, before_tests, stop).outcome;
      return outcome.exit_code == 0 && !outcome.timed_out;
    };
    return passes(kRunRewritten) || (may_read_tests(program, before_tests) && passes(kRunRewrittenInText));
  }

  /// Whether what comes before the tests has a way to the text or the frames of the tests.
  static bool may_read_tests(const Program& program, std::size_t before_tests) {
    return has_any(program, before_tests,
                   {"frame", "inspect", "__file__", "open", "traceback", "argv", "linecache", "co_", "settrace"});
  }

  static bool has_any(const Program& program, std::size_t before_tests, std::initializer_list<std::string_view> words) {
    const std::string_view text = std::string_view(program.text).substr(0, before_tests);
    return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
  }

  static std::string status_of(const sandbox::Outcome& outcome, const datasets::ExecutionResult& result) {
    if (outcome.timed_out) return "Timeout";
    if (result.exit_code == 0) return "OK";
    return result.standard_error.find("SyntaxError") != std::string::npos ? "SyntaxError" : "Exception";
  }

  Interpreter interpreter_;
  sandbox::Limits limits_;
  RunnerKind kind_;
  std::shared_ptr<sandbox::Turns> turns_;
  sandbox::Jail jail_;
  mutable std::optional<ZygotePool> zygotes_;  // thread-safe by itself
  std::string why_not_examined_;
};

}  // namespace

std::unique_ptr<Runner> make_runner(const Settings& settings) { return std::make_unique<PythonRunner>(settings); }

}  // namespace qualm::languages::python
