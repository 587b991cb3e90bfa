#include "harness/generation_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <utility>

#include "datasets/benchmark.h"
#include "datasets/input_error.h"
#include "harness/number_text.h"
#include "harness/usage_error.h"

namespace qualm::harness {
namespace {

bool is_benchmark(const std::string& name) {
  return std::ranges::any_of(datasets::benchmarks(), [&](const auto& benchmark) { return benchmark.name == name; });
}

// MultiPL-E's files are called DATASET-LANG.jsonl; a run of one is a run of DATASET.
std::string data_set_name(const std::string& data_set, const std::string& language) {
  if (is_benchmark(data_set)) return data_set;
  std::filesystem::path file(data_set);
  if (file.extension() == ".gz") file = file.stem();
  std::string name = file.stem().string();
  for (const char separator : {'-', '_'})
    if (const std::string suffix = separator + language; name.size() > suffix.size() && name.ends_with(suffix))
      name.resize(name.size() - suffix.size());
  return name;
}

std::map<std::string, std::vector<datasets::Problem>> read(const GenerationSelection& selection) {
  std::map<std::string, std::vector<datasets::Problem>> by_language;
  if (is_benchmark(selection.data_set)) {
    if (selection.languages.empty()) throw UsageError("--language: expected py, java or py,java");
    for (const std::string& language : selection.languages)
      by_language[language] = datasets::read_benchmark(selection.data_set, language);
    return by_language;
  }
  if (!std::filesystem::exists(selection.data_set))
    throw datasets::InputError(selection.data_set,
                               "is neither a shipped benchmark (humaneval, mceval) nor a problem file");
  for (datasets::Problem& problem : datasets::read_problems(selection.data_set))
    by_language[problem.language].push_back(std::move(problem));
  if (selection.languages.empty()) return by_language;
  for (const std::string& language : selection.languages)
    if (!by_language.contains(language))
      throw datasets::InputError(selection.data_set, fmt::format("holds no problems of language \"{}\"", language));
  std::erase_if(by_language, [&](const auto& entry) {
    return std::ranges::find(selection.languages, entry.first) == selection.languages.end();
  });
  return by_language;
}

std::vector<datasets::Problem> choose(std::vector<datasets::Problem> problems, const GenerationSelection& selection) {
  std::ranges::sort(problems, {}, &datasets::Problem::name);
  if (!selection.problems.empty()) {
    std::regex expression;
    try {
      expression = std::regex(selection.problems);
    } catch (const std::regex_error& error) {
      throw UsageError(fmt::format("--problems {}: not a regular expression: {}", selection.problems, error.what()));
    }
    std::erase_if(problems,
                  [&](const datasets::Problem& problem) { return !std::regex_search(problem.name, expression); });
  }
  if (selection.limit > 0 && problems.size() > static_cast<std::size_t>(selection.limit))
    problems.resize(static_cast<std::size_t>(selection.limit));
  std::vector<datasets::Problem> chosen;
  for (std::size_t position = 0; position < problems.size(); ++position)
    if (selection.shard.holds(position)) chosen.push_back(std::move(problems[position]));
  return chosen;
}

std::string terminology_of(const datasets::Problem& problem) {
  const auto found = problem.fields.find("prompt_terminology");
  return found != problem.fields.end() && found->is_string() ? found->get<std::string>() : "reworded";
}

}  // namespace

std::vector<GenerationRunPlan> plan_generation(const GenerationSelection& selection, const std::string& model_name,
                                               double temperature) {
  std::string model = model_name;
  std::ranges::replace(model, '/', '_');
  std::vector<GenerationRunPlan> plans;
  for (auto& [language, problems] : read(selection)) {
    GenerationRunPlan plan;
    plan.language = language;
    plan.problems = choose(std::move(problems), selection);
    if (plan.problems.empty()) continue;
    plan.run = fmt::format("{}-{}-{}-{}-{}", data_set_name(selection.data_set, language), language, model,
                           shortest_text(temperature), terminology_of(plan.problems.front()));
    if (!datasets::is_file_stem(plan.run))
      throw UsageError(fmt::format("the run's folder would be called {:?}; give a plainer --model-name", plan.run));
    std::set<std::string> names;
    for (const datasets::Problem& problem : plan.problems) {
      if (!datasets::is_file_stem(problem.name))
        throw datasets::InputError(selection.data_set,
                                   fmt::format("problem name {:?} cannot be a file's name", problem.name));
      if (!names.insert(problem.name).second)
        throw datasets::InputError(selection.data_set, fmt::format("problem {} stands twice", problem.name));
    }
    plans.push_back(std::move(plan));
  }
  // A shard of few problems may be empty; a selection that is empty in all shards is a mistake.
  if (plans.empty() && selection.shard.count == 1) throw UsageError("no problem is chosen (--problems, --limit)");
  return plans;
}

std::int64_t default_max_length(const std::string& data_set) { return data_set == "mceval" ? 1500 : 1024; }

}  // namespace qualm::harness
