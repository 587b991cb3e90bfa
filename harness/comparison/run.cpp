#include "harness/comparison/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "datasets/execution_sidecar.h"
#include "datasets/generation_sidecar.h"
#include "datasets/input_error.h"
#include "datasets/results.h"
#include "datasets/run_folder.h"
#include "datasets/run_record.h"
#include "datasets/sha256.h"
#include "harness/comparison/failure.h"
#include "harness/parallel.h"

namespace qualm::harness::comparison {
namespace {

namespace fs = std::filesystem;

/// What is read of one results file.
struct ProblemFile {
  std::string name;
  std::string language;
  ProblemVerdicts problem;
  std::map<std::string, std::string> settings;
};

std::string text_of(const datasets::Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

ProblemFile read_problem(const fs::path& file) {
  const datasets::Results results = datasets::read_results(file);
  const datasets::ExecutionSidecar sidecar = datasets::read_execution_sidecar(datasets::execution_sidecar_path(file));
  const datasets::GenerationSidecar generation =
      datasets::read_generation_sidecar(datasets::generation_sidecar_path(file));
  ProblemFile read;
  read.name = results.name.empty() ? datasets::stem_of(file) : results.name;
  read.language = results.language;
  read.problem.file = file;
  const std::string prompt = text_of(results.fields, "prompt");
  const std::string tests = text_of(results.fields, "tests");
  constexpr std::size_t digits = 16;
  if (!prompt.empty() || !tests.empty())
    read.problem.problem_hash = datasets::sha256_hex(prompt + '\0' + tests).substr(0, digits);
  for (const char* field : {"temperature", "top_p", "max_tokens"})
    if (const auto found = results.fields.find(field); found != results.fields.end() && found->is_number())
      read.settings[field] = fmt::format("{}", found->get<double>());
  for (std::size_t i = 0; i < results.results.size(); ++i) {
    const datasets::ExecutionResult& result = results.results[i];
    Verdict verdict;
    verdict.passed = result.passed();
    verdict.status = result.status;
    verdict.failure = failure_of(result, results.language);
    verdict.completion = completion_in(result.program, prompt, tests);
    verdict.suspect = i < sidecar.completions.size() && sidecar.completions[i] && sidecar.completions[i]->suspect;
    verdict.truncated =
        i < generation.completions.size() && generation.completions[i] && generation.completions[i]->end == "length";
    read.problem.verdicts.push_back(std::move(verdict));
  }
  return read;
}

std::vector<ProblemFile> read_problems(const std::vector<fs::path>& files) {
  std::vector<ProblemFile> read(files.size());
  for_each_index(files.size(), [&](std::size_t i) { read[i] = read_problem(files[i]); });
  return read;
}

void read_record(Run& run, const fs::path& folder, std::map<std::string, std::set<std::string>>& values) {
  std::set<std::string> levels;
  for (const datasets::Json& settings : datasets::recorded_settings(folder, "execution")) {
    if (!settings.is_object()) continue;
    // A folder may hold runs of several languages; another language's settings are not this run's.
    if (const std::string language = text_of(settings, "language");
        !language.empty() && !run.place.language.empty() && language != run.place.language)
      continue;
    if (const std::string level = text_of(settings, "sandbox"); !level.empty()) levels.insert(level);
    for (const char* field : {"timeout_seconds", "memory_bytes"})
      if (const auto found = settings.find(field); found != settings.end() && found->is_number())
        values[field].insert(fmt::format("{}", found->get<double>()));
    if (const std::string clean = text_of(settings, "clean"); !clean.empty()) values["clean"].insert(clean);
    if (const auto versions = settings.find("versions"); versions != settings.end() && versions->is_object())
      for (const auto& [tool, version] : versions->items())
        if (version.is_string()) run.versions[tool] = version.get<std::string>();
  }
  run.sandbox = fmt::format("{}", fmt::join(levels, "+"));
}

std::size_t count_predictions_without_results(const fs::path& folder) {
  std::size_t count = 0;
  for (const fs::path& file : datasets::list_files(folder, datasets::FileKind::predictions, /*recursive=*/false))
    count += fs::exists(datasets::results_path(file.parent_path(), file)) ? 0 : 1;
  return count;
}

}  // namespace

std::uint32_t ProblemVerdicts::passed() const {
  return static_cast<std::uint32_t>(
      std::count_if(verdicts.begin(), verdicts.end(), [](const Verdict& verdict) { return verdict.passed; }));
}

std::size_t Run::suspects() const {
  std::size_t count = 0;
  for (const auto& each : problems)
    for (const Verdict& verdict : each.second.verdicts) count += verdict.suspect ? 1 : 0;
  return count;
}

Run read_run(const fs::path& path) {
  const std::vector<fs::path> files = datasets::list_files(path, datasets::FileKind::results, /*recursive=*/false);
  if (files.empty()) throw datasets::InputError(path, "holds no results (*.results.json.gz); run qualm execute first");
  const bool is_folder = fs::is_directory(path);
  Run run;
  run.path = path;
  run.name = is_folder ? fs::weakly_canonical(fs::absolute(path)).filename().string() : datasets::stem_of(path);
  run.place = place_of(path);
  std::map<std::string, std::set<std::string>> values;
  std::string language;
  for (ProblemFile& file : read_problems(files)) {
    if (language.empty()) language = file.language;
    if (!file.language.empty() && file.language != language)
      throw datasets::InputError(path, fmt::format("mixes languages \"{}\" and \"{}\"", language, file.language));
    for (const auto& [setting, value] : file.settings) values[setting].insert(value);
    if (file.problem.verdicts.empty()) {
      ++run.without_verdicts;
      continue;
    }
    const auto [place, is_new] = run.problems.try_emplace(file.name, std::move(file.problem));
    if (!is_new)
      throw datasets::InputError(path, fmt::format("holds results of problem \"{}\" twice, the other in {}", file.name,
                                                   place->second.file.string()));
  }
  if (!language.empty()) run.place.language = language;
  read_record(run, is_folder ? path : path.parent_path(), values);
  for (const auto& [setting, each] : values) run.settings[setting] = fmt::format("{}", fmt::join(each, " and "));
  if (is_folder) run.predictions_without_results = count_predictions_without_results(path);
  if (run.problems.empty()) throw datasets::InputError(path, "holds results files, but none with a result");
  return run;
}

std::string dataset_of(const Run& run) {
  if (!run.place.dataset.empty()) return run.place.dataset;
  const auto all_start_with = [&](std::string_view prefix) {
    return std::all_of(run.problems.begin(), run.problems.end(),
                       [&](const auto& problem) { return problem.first.starts_with(prefix); });
  };
  if (run.problems.empty()) return "";
  if (all_start_with("HumanEval_")) return "humaneval";
  // McEval's names are "Python-7", "Java-1".
  if (all_start_with("Python-") || all_start_with("Java-")) return "mceval";
  return "";
}

}  // namespace qualm::harness::comparison
