#include "languages/java/java_runner.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "languages/java/launch.h"
#include "languages/java/own_classes.h"
#include "languages/java/suspicion.h"
#include "languages/java/toolchain.h"
#include "languages/java/warm_compiler.h"
#include "languages/judge.h"

namespace qualm::languages::java {
namespace {

/// A compiled program, or javac's word against it.
struct Compiled {
  datasets::Execution execution;
  std::vector<sandbox::File> classes;
  bool succeeded = false;
};

void add(datasets::ExecutionMeasures& compile, const datasets::ExecutionMeasures& run) {
  compile.cause = run.cause;
  compile.cpu += run.cpu;
  compile.wall += run.wall;
  compile.waited += run.waited;
  compile.peak_memory_bytes = std::max(compile.peak_memory_bytes, run.peak_memory_bytes);
  for (const std::string& call : run.refused_calls)
    if (std::find(compile.refused_calls.begin(), compile.refused_calls.end(), call) == compile.refused_calls.end())
      compile.refused_calls.push_back(call);
}

/// Ends that quicker options may have made: one compiler fewer is slower in a long run and has other stack frames.
bool may_come_from_options(const sandbox::Outcome& outcome) {
  const auto says = [&](const char* error) { return outcome.standard_error.find(error) != std::string::npos; };
  return outcome.timed_out || outcome.cause != sandbox::Cause::exited || says("StackOverflowError") ||
         says("OutOfMemoryError");
}

class JavaRunner : public Runner {
 public:
  explicit JavaRunner(const Settings& settings)
      : jdk_(inspect_jdk(settings)),
        limits_(limits_of_java(settings)),
        kind_(settings.runner),
        turns_(settings.turns),
        jail_(settings.level),
        launch_(jdk_, jail_, limits_) {
    if (kind_ == RunnerKind::fast) {
      OwnClasses classes = own_classes(jdk_, jail_, limits_);
      launch_.begin_archive(classes);
      compiler_.emplace(jdk_, jail_, limits_, std::move(classes));
    }
  }

  [[nodiscard]] datasets::Execution run(const Program& program, const std::stop_token& stop) const override {
    const sandbox::Turns::Turn turn = sandbox::Turns::take(turns_.get(), stop);
    Compiled compiled = compile(program.text, stop);
    if (!compiled.succeeded) return std::move(compiled.execution);
    datasets::Execution execution{{}, compiled.execution.measures};
    bool ran_to_its_end = false;
    sandbox::Outcome ran;
    if (kind_ == RunnerKind::fast) {
      LaunchedRun launched = launch_.run(compiled.classes, JvmOptions::quick, stop);
      ran_to_its_end = launched.ran_to_its_end;
      ran = std::move(launched.outcome);
    }
    if (kind_ == RunnerKind::plain || may_come_from_options(ran))
      ran = jail_.run(run_command(jdk_, compiled.classes, limits_), limits_, stop);
    execution.result = result_of(program.text, ran);
    execution.result.status = ran.timed_out ? "Timeout" : ran.exit_code == 0 ? "OK" : "Exception";
    add(execution.measures, measures_of(ran));
    execution.measures.runner = to_string(kind_);
    if (execution.result.passed() && program.tests_bytes > 0) {
      // `java` makes no mark: a pass of it is looked at once more.
      if (kind_ == RunnerKind::plain)
        ran_to_its_end = launch_.run(compiled.classes, JvmOptions::plain, stop).ran_to_its_end;
      execution.measures.suspect = !ran_to_its_end || is_suspicious(program);
    }
    return execution;
  }

  [[nodiscard]] std::vector<std::pair<std::string, std::string>> versions() const override {
    return {{"javac", jdk_.version}, {"javatuples", jdk_.javatuples.filename().string()}};
  }

  [[nodiscard]] std::vector<std::string> remarks() const override {
    const std::string why = launch_.why_no_archive();
    if (why.empty()) return {};
    return {"Java programs started without an archive of classes, which is slower and changes no verdict: " + why};
  }

 private:
  static sandbox::Limits limits_of_java(const Settings& settings) {
    sandbox::Limits limits = limits_of(settings);
    limits.address_space_limit_allowed = false;
    return limits;
  }

  [[nodiscard]] Compiled compile(const std::string& program, const std::stop_token& stop) const {
    Compiled compiled;
    if (compiler_) {
      if (std::optional<WarmCompilation> warm = compiler_->compile(program, stop)) {
        sandbox::Outcome outcome;
        outcome.exit_code = warm->compiled ? 0 : 1;
        outcome.standard_error = warm->output.substr(0, limits_.output_bytes);
        outcome.cpu = warm->cpu;
        outcome.wall = warm->wall;
        outcome.files = std::move(warm->classes);
        return judge(program, std::move(outcome));
      }
    }
    return judge(program, jail_.run(compile_command(jdk_, program, limits_), limits_, stop));
  }

  [[nodiscard]] Compiled judge(const std::string& program, sandbox::Outcome outcome) const {
    Compiled compiled;
    compiled.succeeded = outcome.exit_code == 0;
    compiled.classes = std::move(outcome.files);
    compiled.execution = {result_of(program, outcome), measures_of(outcome)};
    compiled.execution.measures.runner = to_string(kind_);
    if (!compiled.succeeded) {
      datasets::ExecutionMeasures& measures = compiled.execution.measures;
      compiled.execution.result.status = "SyntaxError";
      measures.cause = outcome.cause == sandbox::Cause::exited ? "compile error" : "compile " + measures.cause;
    }
    return compiled;
  }

  Jdk jdk_;
  sandbox::Limits limits_;
  RunnerKind kind_;
  std::shared_ptr<sandbox::Turns> turns_;
  sandbox::Jail jail_;
  Launch launch_;
  mutable std::optional<WarmCompiler> compiler_;  // thread-safe by itself
};

}  // namespace

std::unique_ptr<Runner> make_runner(const Settings& settings) { return std::make_unique<JavaRunner>(settings); }

}  // namespace qualm::languages::java
