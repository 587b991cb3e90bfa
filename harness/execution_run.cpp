#include "harness/execution_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "datasets/input_error.h"
#include "datasets/predictions.h"
#include "datasets/run_record.h"
#include "harness/execution_file.h"
#include "harness/program_cache.h"
#include "harness/progress.h"
#include "harness/saver.h"
#include "sandbox/error.h"

namespace qualm::harness {
namespace {

struct PreparedLanguage {
  const languages::Language* language = nullptr;
  std::unique_ptr<languages::Runner> runner;  // null where the tools are missing
};

struct Task {
  const PreparedLanguage* prepared = nullptr;
  languages::Program program;
};

datasets::Json settings_record(const ExecutionOptions& options, const PreparedLanguage& prepared) {
  datasets::Json versions = datasets::Json::object();
  for (const auto& [tool, version] : prepared.runner->versions()) versions[tool] = version;
  return datasets::Json{{"language", prepared.language->name()},
                        {"runner", languages::to_string(options.settings.runner)},
                        {"sandbox", sandbox::to_string(options.settings.level)},
                        {"timeout_seconds", std::chrono::duration<double>(options.settings.timeout).count()},
                        {"memory_bytes", options.settings.memory_bytes},
                        {"clean", !options.cleaning                                 ? "no"
                                  : *options.cleaning == languages::Cleaning::exact ? "exact"
                                                                                    : "study"},
                        {"versions", versions}};
}

/// The worker threads' shared state: files are opened one after another as workers run out of tasks, so memory holds
/// only files that have completions running.
class Run {
 public:
  Run(PlanQueue& plans, const ExecutionOptions& options, const std::stop_token& stop)
      : plans_(plans), options_(options), stop_(stop), progress_("completions", options.progress_before) {}

  ExecutionSummary run() {
    {
      std::vector<std::jthread> workers;
      // One more than programs run at a time: while a jail is put away, the next is made ready.
      const std::size_t count = options_.jobs > 1 ? options_.jobs + 1 : 1;
      for (std::size_t i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
    }
    run_again_alone();
    saver_.reset();  // everything requested is on disk
    for (const auto& file : open_files_) save(*file);
    for (const auto& [name, prepared] : prepared_)
      if (prepared.runner)
        for (std::string& remark : prepared.runner->remarks()) summary_.remarks.push_back(std::move(remark));
    summary_.interrupted = stop_.stop_requested();
    return std::move(summary_);
  }

 private:
  void work() {
    while (const std::optional<Task> task = next_task()) {
      try {
        const datasets::Execution execution = task->prepared->runner->run(task->program, stop_);
        {
          const std::scoped_lock lock(summary_mutex_);
          ++summary_.programs_run;
        }
        if (depends_on_load(execution.measures)) {
          const std::scoped_lock lock(timeouts_mutex_);
          timeouts_.push_back({*task, execution});
          continue;
        }
        cache_.deliver(std::string(task->prepared->language->name()), execution);
      } catch (const sandbox::Cancelled&) {
        return;
      } catch (const std::exception& error) {
        cache_.give_up(std::string(task->prepared->language->name()), task->program.text);
        // The harness's own fault, not the program's: no verdict is made up, and the next program would fare the same.
        note(error.what(), ExitCode::environment);
        broken_ = true;
        return;
      }
    }
  }

  /// Whether a timeout may be the machine's fault: others of this run had the processors too, or the program, though
  /// awake, got few of them.
  [[nodiscard]] bool depends_on_load(const datasets::ExecutionMeasures& measures) const {
    if (measures.cause.find("timeout") == std::string::npos) return false;
    const auto timeout = std::chrono::duration_cast<std::chrono::microseconds>(options_.settings.timeout);
    const bool was_awake = measures.cpu + measures.waited >= timeout / 10 && measures.waited >= timeout / 20;
    return options_.jobs > 1 || (measures.cpu < timeout * 8 / 10 && was_awake);
  }

  /// The verdicts that depend on load, each taken again while nothing else of this run is running.
  void run_again_alone() {
    for (auto& [task, execution] : timeouts_) {
      if (stop_.stop_requested() || broken_) return;  // without a result they are run when the run is resumed
      if (summary_.run_again == options_.retries) {
        execution.measures.cause = "timeout under load";
        ++summary_.under_load;
      } else
        try {
          ++summary_.run_again;
          execution = task.prepared->runner->run(task.program, stop_);
          execution.measures.run_again = true;
          summary_.changed_alone += execution.measures.cause.find("timeout") == std::string::npos ? 1 : 0;
        } catch (const sandbox::Cancelled&) {
          return;
        } catch (const std::exception& error) {
          note(error.what(), ExitCode::environment);
          return;
        }
      cache_.deliver(std::string(task.prepared->language->name()), execution);
    }
  }

  std::optional<Task> next_task() {
    const std::scoped_lock lock(tasks_mutex_);
    // Workers that wait for this mutex while one waits for a file have nothing to do either: only open() adds tasks.
    while (tasks_.empty() && !stop_.stop_requested() && !broken_) {
      const std::optional<ExecutionFilePlan> plan = plans_.next(stop_);
      if (!plan) break;
      ++opened_;
      open(*plan);
    }
    if (tasks_.empty() || stop_.stop_requested() || broken_) return std::nullopt;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  void open(const ExecutionFilePlan& plan) {
    try {
      datasets::Predictions predictions = datasets::read_predictions(plan.predictions);
      const PreparedLanguage* prepared = prepare(predictions.language, plan.predictions);
      if (prepared == nullptr) return;
      const bool empty = predictions.completions.empty();
      const auto file = std::make_shared<ExecutionFile>(plan, *prepared->language, std::move(predictions),
                                                        options_.cleaning, options_.recheck);
      count_opened(*file, empty);
      if (!file->to_run().empty()) request_results(file, *prepared);
      std::size_t completions_left = 0;
      if (opened_ > 0 && plans_.expected() > opened_)
        completions_left = to_run_so_far_ * (plans_.expected() - opened_) / opened_;
      progress_.expect(to_run_so_far_ + completions_left);
    } catch (const datasets::InputError& error) {
      note(error.what(), ExitCode::input);
    } catch (const datasets::OutputError& error) {
      note(error.what(), ExitCode::environment);
    }
  }

  void count_opened(const ExecutionFile& file, bool empty) {
    to_run_so_far_ += file.to_run().size();
    const std::scoped_lock lock(summary_mutex_);
    ++summary_.files;
    summary_.without_completions += empty ? 1 : 0;
    summary_.left_alone += file.completions() - file.to_run().size();
    summary_.of_another_program += file.of_another_program();
  }

  void request_results(const std::shared_ptr<ExecutionFile>& file, const PreparedLanguage& prepared) {
    const std::string language(prepared.language->name());
    const std::filesystem::path folder = file->plan().results.parent_path();
    if (recorded_.emplace(folder, language).second)
      datasets::record_settings(folder, "execution", settings_record(options_, prepared));
    for (const datasets::ExecutionResult& result : file->left_alone()) {
      datasets::Execution execution{result, {}};
      execution.measures.cause = "result of another run";
      execution.measures.runner = "none";
      cache_.add_known(language, execution);
    }
    {
      const std::scoped_lock lock(files_mutex_);
      open_files_.insert(file);
    }
    for (const std::size_t index : file->to_run()) {
      auto receiver = [this, file, index](const datasets::Execution& execution) { accept(file, index, execution); };
      if (cache_.request(language, file->program(index), std::move(receiver)))
        tasks_.push_back(Task{&prepared, file->program_in_parts(index)});
    }
  }

  // nullptr where programs of this language cannot be run here; said once.
  const PreparedLanguage* prepare(const std::string& name, const std::filesystem::path& file) {
    const auto [found, is_new] = prepared_.try_emplace(name);
    PreparedLanguage& prepared = found->second;
    if (is_new) {
      prepared.language = languages::find(name);
      if (prepared.language != nullptr) try {
          languages::Settings settings = options_.settings;
          settings.turns = turns_;
          prepared.runner = prepared.language->prepare(settings);
        } catch (const languages::ToolchainError& error) {
          note(error.what(), ExitCode::environment);
        } catch (const sandbox::SandboxError& error) {
          note(error.what(), ExitCode::environment);
        }
    }
    if (prepared.language == nullptr)
      throw datasets::InputError(file, fmt::format("language \"{}\" is not one that Qualm runs", name));
    if (prepared.runner == nullptr) {
      const std::scoped_lock lock(summary_mutex_);
      ++summary_.files;
      return nullptr;
    }
    return &prepared;
  }

  void accept(const std::shared_ptr<ExecutionFile>& file, std::size_t index, const datasets::Execution& execution) {
    execution.result.passed() ? progress_.passed() : progress_.failed();
    {
      const std::scoped_lock lock(summary_mutex_);
      ++summary_.executed;
      ++summary_.statuses[execution.result.status];
      summary_.native_code += execution.measures.native_code ? 1 : 0;
      const bool timed_out = execution.measures.cause.find("timeout") != std::string::npos;
      const auto most = std::max(execution.measures.cpu, execution.measures.wall);
      summary_.near_limit += !timed_out && most * 10 > options_.settings.timeout * 6 ? 1 : 0;
      summary_.refused_calls += execution.measures.refused_calls.empty() ? 0 : 1;
    }
    const ExecutionFile::Due due = file->accept(index, execution);
    if (due != ExecutionFile::Due::nothing) saver_->request(file);
    if (due != ExecutionFile::Due::finished) return;
    const std::scoped_lock lock(files_mutex_);
    open_files_.erase(file);
  }

  void save(ExecutionFile& file) {
    try {
      file.save();
    } catch (const datasets::OutputError& error) {
      note(error.what(), ExitCode::environment);
    }
  }

  void note(const std::string& message, ExitCode code) {
    const std::scoped_lock lock(summary_mutex_);
    const bool known = std::any_of(summary_.problems.begin(), summary_.problems.end(),
                                   [&](const auto& problem) { return problem.first == message; });
    if (known) return;
    summary_.problems.emplace_back(message, code);
    progress_.say("qualm: " + message);
  }

  PlanQueue& plans_;
  const ExecutionOptions& options_;
  const std::stop_token stop_;
  Progress progress_;
  ProgramCache cache_;
  const std::shared_ptr<sandbox::Turns> turns_ =
      std::make_shared<sandbox::Turns>(std::max<std::size_t>(1, options_.jobs));
  std::atomic<bool> broken_ = false;

  std::mutex timeouts_mutex_;
  std::vector<std::pair<Task, datasets::Execution>> timeouts_;  // wait for the end of the run

  std::mutex tasks_mutex_;  // guards the five below
  std::deque<Task> tasks_;
  std::size_t opened_ = 0;
  std::size_t to_run_so_far_ = 0;
  std::map<std::string, PreparedLanguage> prepared_;
  std::set<std::pair<std::filesystem::path, std::string>> recorded_;

  std::mutex files_mutex_;
  std::set<std::shared_ptr<ExecutionFile>> open_files_;

  std::mutex summary_mutex_;
  ExecutionSummary summary_;

  std::optional<Saver> saver_{[this](ExecutionFile& file) { save(file); }};  // the last: it uses all the others
};

}  // namespace

ExitCode ExecutionSummary::exit_code() const {
  ExitCode code = interrupted ? ExitCode::interrupted : ExitCode::done;
  for (const auto& problem : problems) code = worse_of(code, problem.second);
  return code;
}

ExecutionSummary execute(const std::vector<ExecutionFilePlan>& plans, const ExecutionOptions& options,
                         const std::stop_token& stop) {
  PlanQueue queue(plans.size());
  for (const ExecutionFilePlan& plan : plans) queue.add(plan);
  queue.close();
  return execute(queue, options, stop);
}

ExecutionSummary execute(PlanQueue& plans, const ExecutionOptions& options, const std::stop_token& stop) {
  return Run(plans, options, stop).run();
}

}  // namespace qualm::harness
