#include "harness/score.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "datasets/execution_sidecar.h"
#include "datasets/input_error.h"
#include "datasets/results.h"
#include "datasets/run_folder.h"
#include "datasets/run_record.h"
#include "harness/number_text.h"
#include "harness/pass_at_k.h"

namespace qualm::harness {
namespace {

namespace fs = std::filesystem;

// Results in the order in which Python's Path.glob lists them: plain files, then gzip ones, each in the directory's own
// order. Sums of rounded numbers depend on it in their last digit, and that digit should be MultiPL-E's.
std::vector<fs::path> results_in_directory_order(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> plain;
  std::vector<fs::path> packed;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    if (datasets::kind_of(entry.path()) != datasets::FileKind::results || entry.is_directory()) continue;
    (entry.path().extension() == ".gz" ? packed : plain).push_back(entry.path());
  }
  plain.insert(plain.end(), packed.begin(), packed.end());
  return plain;
}

std::string data_set_name(const fs::path& path) {
  if (!fs::is_directory(path)) return datasets::stem_of(path);
  const fs::path absolute = fs::weakly_canonical(path);
  return absolute.filename().string();
}

std::vector<std::int64_t> default_ks(double temperature) {
  if (temperature == 0.8) return {1, 10, 100};
  return {1};
}

std::string recorded_sandbox(const fs::path& folder) {
  std::set<std::string> levels;
  for (const datasets::Json& settings : datasets::recorded_settings(folder, "execution"))
    levels.insert(settings.is_object() ? settings.value("sandbox", "unknown") : "unknown");
  if (levels.empty()) return "unknown";
  return fmt::format("{}", fmt::join(levels, "+"));
}

struct Problem {
  std::int64_t completions = 0;
  std::int64_t passed = 0;
};

Problem count(const fs::path& file, bool strict, Score& score, std::set<double>& temperatures) {
  const datasets::Results results = datasets::read_results(file);
  // MultiPL-E takes files without a temperature for 0.2.
  constexpr double temperature_of_old_files = 0.2;
  temperatures.insert(results.temperature.value_or(temperature_of_old_files));
  Problem problem;
  auto sidecar = datasets::read_execution_sidecar(datasets::execution_sidecar_path(file)).completions;
  sidecar.resize(results.results.size());  // a results file of another tool has none
  for (std::size_t i = 0; i < results.results.size(); ++i) {
    const datasets::ExecutionResult& result = results.results[i];
    const bool suspect = sidecar[i] && sidecar[i]->suspect;
    ++problem.completions;
    problem.passed += result.passed() && !(strict && suspect) ? 1 : 0;
    score.suspects += suspect ? 1 : 0;
    ++score.statuses[result.status];
  }
  return problem;
}

void add_warnings(Score& score, const std::vector<Problem>& problems) {
  for (const auto& [k, estimate] : score.estimates) {
    const auto few =
        std::count_if(problems.begin(), problems.end(), [k = k](const Problem& p) { return p.completions < k; });
    if (few > 0)
      score.warnings.push_back(
          fmt::format("pass@{} needs {} completions a problem; {} of {} problems have fewer, which "
                      "MultiPL-E's estimator counts as passed unless {} or more fail",
                      k, k, few, problems.size(), k));
  }
  if (score.minimum_completions != score.maximum_completions)
    score.warnings.push_back(fmt::format("problems have between {} and {} completions", score.minimum_completions,
                                         score.maximum_completions));
  if (!fs::is_directory(score.folder)) return;
  std::size_t without_results = 0;
  for (const fs::path& file : datasets::list_files(score.folder, datasets::FileKind::predictions, /*recursive=*/false))
    without_results += fs::exists(datasets::results_path(file.parent_path(), file)) ? 0 : 1;
  if (without_results > 0)
    score.warnings.push_back(fmt::format("{} predictions files have no results and are not counted", without_results));
}

}  // namespace

std::vector<fs::path> run_folders(const fs::path& path) {
  std::vector<fs::path> files = datasets::list_files(path, datasets::FileKind::results, /*recursive=*/true);
  if (files.empty()) throw datasets::InputError(path, "holds no results (*.results.json.gz); run qualm execute first");
  if (!fs::is_directory(path)) return files;
  std::set<fs::path> folders;
  for (const fs::path& file : files) folders.insert(file.parent_path());
  return {folders.begin(), folders.end()};
}

Score score_folder(const fs::path& path, const std::vector<std::int64_t>& ks, bool strict) {
  Score score;
  score.data_set = data_set_name(path);
  score.folder = path;
  std::set<double> temperatures;
  std::vector<Problem> problems;
  for (const fs::path& file : results_in_directory_order(path))
    problems.push_back(count(file, strict, score, temperatures));
  if (problems.empty()) throw datasets::InputError(path, "holds no results");
  if (temperatures.size() != 1) {
    std::vector<std::string> texts;
    for (const double temperature : temperatures) texts.push_back(shortest_text(temperature));
    throw datasets::InputError(path, fmt::format("mixes results of temperatures {}", fmt::join(texts, " and ")));
  }
  score.temperature = *temperatures.begin();
  score.problems = problems.size();
  const auto [fewest, most] =
      std::minmax_element(problems.begin(), problems.end(),
                          [](const Problem& a, const Problem& b) { return a.completions < b.completions; });
  score.minimum_completions = static_cast<std::size_t>(fewest->completions);
  score.maximum_completions = static_cast<std::size_t>(most->completions);
  for (const std::int64_t k : ks.empty() ? default_ks(score.temperature) : ks) {
    std::vector<double> values;
    for (const Problem& problem : problems) values.push_back(pass_at_k(problem.completions, problem.passed, k));
    score.estimates[k] = mean(values);
  }
  score.sandbox = recorded_sandbox(fs::is_directory(path) ? path : path.parent_path());
  add_warnings(score, problems);
  return score;
}

}  // namespace qualm::harness
