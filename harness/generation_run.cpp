#include "harness/generation_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "datasets/run_folder.h"
#include "datasets/run_record.h"
#include "harness/generation_file.h"
#include "harness/number_text.h"
#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

namespace fs = std::filesystem;

datasets::Json settings_record(const generators::Generator& generator, const generators::Sampling& sampling) {
  return datasets::Json{{"temperature", sampling.temperature},
                        {"top_p", sampling.top_p},
                        {"top_k", sampling.top_k},
                        {"min_p", sampling.min_p},
                        {"repetition_penalty", sampling.repetition_penalty},
                        {"max_length", sampling.max_length},
                        {"max_tokens", sampling.max_tokens},
                        {"seed", sampling.seed},
                        {"generator", generator.description()}};
}

// Completions of one folder are of one kind: a resumed run that would mix settings is refused, field by field.
void check_same_settings(const fs::path& folder, const datasets::Json& settings) {
  for (const datasets::Json& earlier : datasets::recorded_settings(folder, "generation")) {
    if (earlier == settings) continue;
    std::string differences;
    for (const auto& [field, value] : settings.items()) {
      const datasets::Json other = earlier.contains(field) ? earlier.at(field) : datasets::Json(nullptr);
      if (other != value)
        differences +=
            fmt::format("{}{} {} there, {} now", differences.empty() ? "" : "; ", field, other.dump(), value.dump());
    }
    throw UsageError(fmt::format("{} holds completions made with other settings ({}); give another output folder",
                                 folder.string(), differences));
  }
}

struct OpenProblem {
  std::unique_ptr<GenerationFile> file;
  const datasets::Problem* problem = nullptr;
};

std::string key_of(const datasets::Problem& problem) { return problem.language + "/" + problem.name; }

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void GenerationMeter::start(std::size_t problems, std::size_t completions) {
  const std::scoped_lock lock(mutex_);
  start_ = std::chrono::steady_clock::now();
  problems_ = problems;
  completions_ = completions;
}

void GenerationMeter::completed(std::size_t tokens, bool problem_finished) {
  const std::scoped_lock lock(mutex_);
  ++completions_done_;
  problems_done_ += problem_finished ? 1 : 0;
  tokens_ += tokens;
}

std::size_t GenerationMeter::tokens() const {
  const std::scoped_lock lock(mutex_);
  return tokens_;
}

std::string GenerationMeter::text() const {
  const std::scoped_lock lock(mutex_);
  if (completions_ == 0) return {};
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  std::string text =
      fmt::format("{}/{} problems, {}/{} completions", problems_done_, problems_, completions_done_, completions_);
  if (completions_done_ == 0 || seconds <= 0) return text;
  text += fmt::format(", {:.1f} tokens/s", static_cast<double>(tokens_) / seconds);
  if (completions_done_ < completions_) {
    const double each = seconds / static_cast<double>(completions_done_);
    const auto left = std::chrono::seconds(
        static_cast<std::int64_t>(each * static_cast<double>(completions_ - completions_done_)) + 1);
    text += fmt::format(", {} left", duration_text(left));
  }
  return text;
}

GenerationSummary generate(const std::vector<GenerationRunPlan>& plans, const fs::path& results_folder,
                           generators::Generator& generator, const generators::Sampling& sampling,
                           std::int64_t completions, const FileSink& file_complete, GenerationMeter& meter,
                           const std::stop_token& stop) {
  const datasets::Json settings = settings_record(generator, sampling);
  for (const GenerationRunPlan& plan : plans) check_same_settings(results_folder / plan.run, settings);

  GenerationSummary summary;
  std::map<std::string, OpenProblem> open;
  std::vector<generators::Request> requests;
  std::vector<fs::path> finished;
  for (const GenerationRunPlan& plan : plans) {
    const fs::path folder = results_folder / plan.run;
    for (const datasets::Problem& problem : plan.problems) {
      auto file =
          std::make_unique<GenerationFile>(folder / (problem.name + ".json.gz"), problem, sampling, completions);
      ++summary.problems;
      const std::vector<std::int64_t> missing = file->missing();
      summary.left_alone += static_cast<std::size_t>(completions) -
                            std::min<std::size_t>(missing.size(), static_cast<std::size_t>(completions));
      if (file->complete()) {
        finished.push_back(file->path());
        continue;
      }
      requests.push_back({key_of(problem), problem.prompt, problem.stop_tokens, missing});
      open.emplace(key_of(problem), OpenProblem{std::move(file), &problem});
    }
  }
  if (!requests.empty()) generator.check(requests, sampling);
  for (const GenerationRunPlan& plan : plans) {
    fs::create_directories(results_folder / plan.run);
    datasets::record_settings(results_folder / plan.run, "generation", settings);
  }
  std::size_t to_generate = 0;
  for (const generators::Request& request : requests) to_generate += request.samples.size();
  for (const fs::path& file : finished) file_complete(file);
  meter.start(requests.size(), to_generate);
  const std::int64_t started = now_seconds();

  const auto sink = [&](const generators::Completion& completion) {
    GenerationFile& file = *open.at(completion.problem).file;
    file.accept(completion);
    ++summary.generated;
    const bool in_loop = completion.end == generators::EndReason::loop;
    summary.ended_in_loop += in_loop ? 1 : 0;
    summary.ended_by_length += in_loop || completion.end == generators::EndReason::length ? 1 : 0;
    meter.completed(completion.tokens.size(), file.complete());
    if (!file.complete()) return;
    file_complete(file.path());
    open.erase(completion.problem);
  };
  const auto save_all = [&] {
    for (auto& [key, problem] : open) problem.file->save();
  };
  if (!requests.empty()) try {
      generator.generate(requests, sampling, sink, stop);
    } catch (...) {
      save_all();
      throw;
    }
  save_all();
  summary.interrupted = stop.stop_requested();
  if (summary.generated > 0)
    for (const GenerationRunPlan& plan : plans)
      datasets::record_settings(results_folder / plan.run, "generation_times",
                                {{"started", started},
                                 {"ended", now_seconds()},
                                 {"completions", summary.generated},
                                 {"tokens", meter.tokens()}});
  return summary;
}

}  // namespace qualm::harness
