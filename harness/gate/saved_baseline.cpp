#include "harness/gate/saved_baseline.h"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/atomic_file.h"
#include "datasets/input_error.h"
#include "datasets/run_folder.h"
#include "datasets/sha256.h"
#include "harness/comparison/matching.h"

namespace qualm::harness::gate {
namespace {

using comparison::Run;
using datasets::Json;

constexpr const char* format_name = "qualm-baseline";
constexpr std::int64_t current_version = 1;
constexpr char first_letter = 'A';
constexpr std::size_t most_statuses = 26;

Json map_json(const std::map<std::string, std::string>& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return json;
}

std::map<std::string, std::string> json_map(const Json& json, const std::filesystem::path& file) {
  std::map<std::string, std::string> values;
  const datasets::Fields fields(json, file);
  for (const auto& [name, value] : json.items()) values[name] = fields.string(name.c_str());
  return values;
}

char letter_of(const std::string& status, std::vector<std::string>& statuses) {
  auto found = std::find(statuses.begin(), statuses.end(), status);
  if (found == statuses.end()) {
    if (statuses.size() == most_statuses)
      throw datasets::InputError("baseline", fmt::format("more than {} different statuses", most_statuses));
    found = statuses.insert(statuses.end(), status);
  }
  return static_cast<char>(first_letter + (found - statuses.begin()));
}

Json run_json(const Run& run) {
  Json problems = Json::object();
  std::vector<std::string> statuses;
  for (const auto& [name, problem] : run.problems) {
    std::string verdicts;
    for (const comparison::Verdict& verdict : problem.verdicts) {
      verdicts += letter_of(verdict.status, statuses);
      verdicts += !verdict.passed ? '-' : verdict.suspect ? '!' : '+';
    }
    problems[name] = {{"hash", problem.problem_hash}, {"verdicts", verdicts}};
  }
  return Json{{"name", run.name},
              {"dataset", comparison::dataset_of(run)},
              {"language", run.place.language},
              {"model", run.place.model},
              {"label", run.place.label},
              {"settings", map_json(run.settings)},
              {"sandbox", run.sandbox},
              {"versions", map_json(run.versions)},
              {"statuses", statuses},
              {"problems", problems}};
}

comparison::Verdict verdict_of(const std::vector<std::string>& statuses, char letter, char sign,
                               const std::filesystem::path& file) {
  const auto place = static_cast<std::size_t>(letter - first_letter);
  if (letter < first_letter || place >= statuses.size() || (sign != '+' && sign != '!' && sign != '-'))
    throw datasets::InputError(file, fmt::format("verdict \"{}{}\" has no meaning", letter, sign));
  comparison::Verdict verdict;
  verdict.status = statuses[place];
  verdict.passed = sign != '-';
  verdict.suspect = sign == '!';
  verdict.failure = verdict.passed ? "passed" : verdict.status;
  verdict.has_text = false;
  return verdict;
}

std::shared_ptr<const Run> parse_run(const Json& json, const std::filesystem::path& file) {
  const datasets::Fields fields(json, file, "runs");
  auto run = std::make_shared<Run>();
  run->path = file;
  run->name = fields.string("name");
  run->place.dataset = fields.string("dataset");
  run->place.language = fields.string("language");
  run->place.model = fields.string("model");
  run->place.label = fields.string("label");
  comparison::read_model_name(run->place);
  run->settings = json_map(json.value("settings", Json::object()), file);
  run->sandbox = fields.string("sandbox");
  run->versions = json_map(json.value("versions", Json::object()), file);
  const std::vector<std::string> statuses = fields.strings("statuses");
  const Json problems = json.value("problems", Json());
  if (!problems.is_object() || problems.empty()) throw datasets::InputError(file, "a run without problems");
  for (const auto& [name, problem] : problems.items()) {
    const datasets::Fields entry(problem, file, name);
    comparison::ProblemVerdicts read;
    read.file = file;
    read.problem_hash = entry.string("hash");
    const std::string verdicts = entry.string("verdicts");
    if (verdicts.empty() || verdicts.size() % 2 != 0)
      throw datasets::InputError(file, fmt::format("{}: {} characters of verdicts", name, verdicts.size()));
    for (std::size_t i = 0; i < verdicts.size(); i += 2)
      read.verdicts.push_back(verdict_of(statuses, verdicts[i], verdicts[i + 1], file));
    run->problems.emplace(name, std::move(read));
  }
  return run;
}

// JSON with one line a problem, so that version control shows what changed.
std::string file_text(const Json& runs) {
  const auto text = [](const Json& json) { return json.dump(-1, ' ', /*ensure_ascii=*/true); };
  std::string out = fmt::format("{{\n\"format\": \"{}\", \"version\": {},\n\"sha256\": \"{}\",\n\"runs\": [",
                                format_name, current_version, hash_of_runs(runs));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    out += i == 0 ? "\n{" : ",\n{";
    for (const auto& [field, value] : runs[i].items()) {
      if (field == "problems") continue;
      out += fmt::format("{}: {},\n", text(Json(field)), text(value));
    }
    out += "\"problems\": {";
    bool first = true;
    for (const auto& [name, problem] : runs[i]["problems"].items()) {
      out += fmt::format("{}{}: {}", first ? "\n" : ",\n", text(Json(name)), text(problem));
      first = false;
    }
    out += "\n}}";
  }
  return out + "\n]\n}\n";
}

}  // namespace

// The hash is over what the file says, not its bytes: a checkout that changes line ends does not change it.
std::string hash_of_runs(const Json& runs) { return datasets::sha256_hex(runs.dump(-1, ' ', /*ensure_ascii=*/true)); }

void save_baseline(const std::filesystem::path& file, const std::vector<std::shared_ptr<const Run>>& runs) {
  Json list = Json::array();
  for (const auto& run : runs) list.push_back(run_json(*run));
  datasets::write_file_atomically(file, file_text(list));
}

std::vector<std::shared_ptr<const Run>> read_baseline(const std::filesystem::path& file) {
  return baseline_from_json(datasets::read_json(file), file);
}

std::vector<std::shared_ptr<const Run>> baseline_from_json(const Json& json, const std::filesystem::path& file) {
  const datasets::Fields fields(json, file);
  if (fields.optional_string("format").value_or("") != format_name)
    throw datasets::InputError(file, "is neither results nor a baseline that qualm gate --save-baseline wrote");
  if (const std::int64_t version = fields.integer("version"); version != current_version)
    throw datasets::InputError(
        file, fmt::format("is of version {}; this program reads version {}", version, current_version));
  const Json& list = fields.array("runs");
  if (hash_of_runs(list) != fields.string("sha256"))
    throw datasets::InputError(file,
                               "was changed since it was saved: its SHA-256 is another. Save it anew with qualm gate "
                               "--save-baseline from the results it was made of");
  std::vector<std::shared_ptr<const Run>> runs;
  for (const Json& run : list) runs.push_back(parse_run(run, file));
  if (runs.empty()) throw datasets::InputError(file, "holds no run");
  return runs;
}

std::vector<std::shared_ptr<const Run>> read_baseline_or_runs(const std::filesystem::path& path) {
  const bool is_saved =
      std::filesystem::is_regular_file(path) && datasets::kind_of(path) != datasets::FileKind::results;
  return is_saved ? read_baseline(path) : comparison::read_runs(path);
}

}  // namespace qualm::harness::gate
