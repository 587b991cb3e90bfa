#include "harness/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "datasets/benchmark.h"
#include "datasets/execution_sidecar.h"
#include "datasets/input_error.h"
#include "datasets/predictions.h"
#include "datasets/results.h"
#include "datasets/run_folder.h"
#include "harness/number_text.h"
#include "languages/language.h"

namespace qualm::harness {
namespace {

namespace fs = std::filesystem;

constexpr const char* missing_problems = "missing-problems";
constexpr const char* unknown_problems = "unknown-problems";
constexpr const char* other_prompts = "other-prompts";
constexpr const char* unequal_completions = "unequal-completions";
constexpr const char* mixed_temperatures = "mixed-temperatures";
constexpr const char* mixed_languages = "mixed-languages";
constexpr const char* bad_files = "bad-files";
constexpr const char* foreign_results = "foreign-results";
constexpr const char* incomplete_results = "incomplete-results";
constexpr const char* duplicate_completions = "duplicate-completions";
constexpr const char* duplicate_problems = "duplicate-problems";
constexpr const char* empty_completions = "empty-completions";
constexpr const char* leftovers = "leftovers";

/// One problem's files, as far as they could be read.
struct ProblemFiles {
  fs::path predictions_file;
  fs::path results_file;
  std::optional<datasets::Predictions> predictions;
  std::optional<datasets::Results> results;

  [[nodiscard]] std::string language() const { return predictions ? predictions->language : results->language; }
  [[nodiscard]] std::optional<double> temperature() const {
    return predictions ? predictions->temperature : results->temperature;
  }
  [[nodiscard]] std::size_t completions() const {
    return predictions ? predictions->completions.size() : results->results.size();
  }
};

std::string canonical_language(const std::string& name) {
  const languages::Language* language = languages::find(name);
  return language == nullptr ? name : std::string(language->name());
}

// "a, b, c and 12 more"
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 5;
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(std::min(shown, names.size())));
  std::string text = fmt::format("{}", fmt::join(first, ", "));
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

class FolderAudit {
 public:
  FolderAudit(const fs::path& folder, const std::vector<datasets::Problem>& problems)
      : folder_(folder), problems_(problems) {}

  std::vector<Finding> run() {
    read_files();
    if (!files_.empty()) {
      check_against_data_set();
      check_equal_across_problems();
      for (const auto& [name, files] : files_) check_problem(name, files);
      report_duplicates();
    }
    check_leftovers();
    return std::move(findings_);
  }

 private:
  void add(const char* kind, const fs::path& place, std::string message) {
    findings_.push_back({kind, place, std::move(message)});
  }

  void read_files() {
    for (const fs::path& file : datasets::list_files(folder_, datasets::FileKind::predictions, /*recursive=*/false))
      read_one(file, [&](ProblemFiles& files) {
        if (!files.predictions_file.empty())
          return add(duplicate_problems, file,
                     fmt::format("stands beside {}", files.predictions_file.filename().string()));
        files.predictions = datasets::read_predictions(file);
        files.predictions_file = file;
        if (files.predictions->name != datasets::stem_of(file))
          add(foreign_results, file, fmt::format("is of problem \"{}\" by its own \"name\"", files.predictions->name));
      });
    for (const fs::path& file : datasets::list_files(folder_, datasets::FileKind::results, /*recursive=*/false))
      read_one(file, [&](ProblemFiles& files) {
        if (!files.results_file.empty())
          return add(duplicate_problems, file, fmt::format("stands beside {}", files.results_file.filename().string()));
        files.results = datasets::read_results(file);
        files.results_file = file;
      });
    std::erase_if(files_, [](const auto& entry) { return !entry.second.predictions && !entry.second.results; });
  }

  template <typename Read>
  void read_one(const fs::path& file, Read read) {
    try {
      read(files_[datasets::stem_of(file)]);
    } catch (const datasets::InputError& error) {
      unreadable_.insert(datasets::stem_of(file));
      add(bad_files, file, error.what());
    }
  }

  // The shipped benchmark that holds at least half of the folder's problems.
  std::vector<datasets::Problem> guess_data_set() const {
    const std::string language = canonical_language(files_.begin()->second.language());
    for (const datasets::Benchmark& benchmark : datasets::benchmarks()) {
      if (benchmark.language != language) continue;
      std::vector<datasets::Problem> candidates = datasets::read_benchmark(benchmark.name, language);
      const auto held = std::count_if(candidates.begin(), candidates.end(),
                                      [&](const datasets::Problem& problem) { return files_.contains(problem.name); });
      if (2 * static_cast<std::size_t>(held) >= files_.size()) return candidates;
    }
    return {};
  }

  void check_against_data_set() {
    const std::vector<datasets::Problem> problems = problems_.empty() ? guess_data_set() : problems_;
    if (problems.empty()) return;
    const std::string language = canonical_language(files_.begin()->second.language());
    std::vector<std::string> missing;
    std::vector<std::string> changed;
    std::set<std::string> known;
    for (const datasets::Problem& problem : problems) {
      if (canonical_language(problem.language) != language) continue;
      known.insert(problem.name);
      const auto found = files_.find(problem.name);
      if (found == files_.end()) {
        if (!unreadable_.contains(problem.name)) missing.push_back(problem.name);
      } else if (found->second.predictions && (found->second.predictions->prompt != problem.prompt ||
                                               found->second.predictions->tests != problem.tests)) {
        changed.push_back(problem.name);
      }
    }
    std::vector<std::string> unknown;
    for (const auto& entry : files_)
      if (!known.contains(entry.first)) unknown.push_back(entry.first);
    if (!missing.empty())
      add(missing_problems, folder_,
          fmt::format("{} of {} problems are missing: {}", missing.size(), known.size(), some_of(missing)));
    if (!unknown.empty())
      add(unknown_problems, folder_,
          fmt::format("{} problems are not in the data set: {}", unknown.size(), some_of(unknown)));
    if (!changed.empty())
      add(other_prompts, folder_,
          fmt::format("{} problems have another prompt or other tests than the data set: {}", changed.size(),
                      some_of(changed)));
  }

  void check_equal_across_problems() {
    std::map<std::size_t, std::vector<std::string>> by_completions;
    std::map<std::string, std::vector<std::string>> by_temperature;
    std::map<std::string, std::vector<std::string>> by_language;
    for (const auto& [name, files] : files_) {
      by_completions[files.completions()].push_back(name);
      by_temperature[files.temperature() ? shortest_text(*files.temperature()) : "none"].push_back(name);
      by_language[canonical_language(files.language())].push_back(name);
    }
    report_unequal(unequal_completions, "completions", by_completions);
    report_unequal(mixed_temperatures, "temperature", by_temperature);
    report_unequal(mixed_languages, "language", by_language);
  }

  template <typename Value>
  void report_unequal(const char* kind, const char* what, const std::map<Value, std::vector<std::string>>& groups) {
    if (groups.size() < 2) return;
    std::vector<std::string> parts;
    for (const auto& [value, names] : groups)
      parts.push_back(fmt::format("{} {} in {} problems ({})", what, value, names.size(), some_of(names)));
    add(kind, folder_, fmt::format("{}", fmt::join(parts, "; ")));
  }

  void check_problem(const std::string& name, const ProblemFiles& files) {
    if (!files.predictions) {
      if (!unreadable_.contains(name)) results_without_predictions_.push_back(name);
      return;
    }
    const auto& completions = files.predictions->completions;
    if (completions.empty()) add(empty_completions, files.predictions_file, "has no completions");
    const std::set<std::string> distinct(completions.begin(), completions.end());
    if (distinct.size() < completions.size()) {
      with_duplicates_.push_back(name);
      duplicates_ += completions.size() - distinct.size();
    }
    if (files.results) check_results(files);
  }

  void check_results(const ProblemFiles& files) {
    const auto& completions = files.predictions->completions;
    const auto& results = files.results->results;
    if (results.size() > completions.size())
      add(foreign_results, files.results_file,
          fmt::format("holds {} results for {} completions", results.size(), completions.size()));
    if (results.size() < completions.size())
      add(incomplete_results, files.results_file,
          fmt::format("holds {} results for {} completions", results.size(), completions.size()));
    if (!files.results->name.empty() && files.results->name != files.predictions->name)
      add(foreign_results, files.results_file,
          fmt::format("is of problem \"{}\", its predictions of \"{}\"", files.results->name, files.predictions->name));
    const languages::Language* language = languages::find(files.predictions->language);
    if (language == nullptr) return;
    std::vector<std::string> others;
    for (std::size_t i = 0; i < std::min(results.size(), completions.size()); ++i)
      if (results[i].program != language->assemble(files.predictions->prompt, completions[i], files.predictions->tests))
        others.push_back(fmt::format("{}", i));
    if (!others.empty())
      add(foreign_results, files.results_file,
          fmt::format("{} results are of another program than the predictions make: {}", others.size(),
                      some_of(others)));
  }

  void report_duplicates() {
    if (!with_duplicates_.empty())
      add(duplicate_completions, folder_,
          fmt::format("{} completions of {} problems repeat another of the same problem: {}", duplicates_,
                      with_duplicates_.size(), some_of(with_duplicates_)));
    const bool results_only = results_without_predictions_.size() == files_.size();
    if (!results_without_predictions_.empty() && !results_only)
      add(leftovers, folder_,
          fmt::format("{} results have no predictions: {}", results_without_predictions_.size(),
                      some_of(results_without_predictions_)));
  }

  void check_leftovers() {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
      if (entry.is_directory()) continue;
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".partial") || name.ends_with(".tmp"))
        add(leftovers, entry.path(), "is a temporary file that a killed program left");
      constexpr std::string_view sidecar = ".execution.qualm";
      if (name.ends_with(sidecar)) check_sidecar(entry.path(), name.substr(0, name.size() - sidecar.size()));
    }
  }

  void check_sidecar(const fs::path& file, const std::string& name) {
    try {
      const std::size_t entries = datasets::read_execution_sidecar(file).completions.size();
      const auto found = files_.find(name);
      if (found == files_.end() || !found->second.results) {
        if (!unreadable_.contains(name)) add(leftovers, file, "has no results beside it");
      } else if (entries != found->second.results->results.size()) {
        add(foreign_results, file,
            fmt::format("has {} entries for {} results", entries, found->second.results->results.size()));
      }
    } catch (const datasets::InputError& error) {
      add(bad_files, file, error.what());
    }
  }

  const fs::path& folder_;
  const std::vector<datasets::Problem>& problems_;
  std::map<std::string, ProblemFiles> files_;  // by problem
  std::set<std::string> unreadable_;
  std::vector<std::string> with_duplicates_;
  std::size_t duplicates_ = 0;
  std::vector<std::string> results_without_predictions_;
  std::vector<Finding> findings_;
};

}  // namespace

const std::vector<std::string>& finding_kinds() {
  static const std::vector<std::string> kinds = {
      missing_problems,   unknown_problems,  other_prompts,   unequal_completions, mixed_temperatures,
      mixed_languages,    bad_files,         foreign_results, incomplete_results,  duplicate_completions,
      duplicate_problems, empty_completions, leftovers};
  return kinds;
}

std::vector<Finding> audit_folder(const fs::path& folder, const std::vector<datasets::Problem>& problems) {
  return FolderAudit(folder, problems).run();
}

std::vector<fs::path> folders_to_audit(const fs::path& path) {
  if (!fs::is_directory(path)) throw datasets::InputError(path, "is not a folder");
  std::set<fs::path> folders;
  const auto is_of_a_run = [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return !entry.is_directory() && (datasets::kind_of(entry.path()) != datasets::FileKind::other ||
                                     name.ends_with(".partial") || name.ends_with(".execution.qualm"));
  };
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path))
    if (is_of_a_run(entry)) folders.insert(entry.path().parent_path());
  if (folders.empty()) throw datasets::InputError(path, "holds no predictions or results");
  return {folders.begin(), folders.end()};
}

}  // namespace qualm::harness
