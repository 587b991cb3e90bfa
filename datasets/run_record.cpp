#include "datasets/run_record.h"

#include <algorithm>

#include "datasets/format_version.h"
#include "datasets/input_error.h"
#include "datasets/run_folder.h"

namespace qualm::datasets {
namespace {

constexpr std::int64_t current_version = 1;

Json read_record(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return Json{{"version", current_version}};
  Json record = read_json(file);
  const Fields fields(record, file);
  check_version(fields, file, current_version);
  return record;
}

}  // namespace

void record_settings(const std::filesystem::path& folder, const std::string& stage, const Json& settings) {
  const std::filesystem::path file = folder / run_record_name;
  Json record = read_record(file);
  Json& entries = record[stage];
  if (entries.is_null()) entries = Json::array();
  if (!entries.is_array()) throw InputError(file, fmt::format("field \"{}\" is not an array", stage));
  if (std::find(entries.begin(), entries.end(), settings) != entries.end()) return;
  entries.push_back(settings);
  write_json(file, record, /*compress=*/false);
}

std::vector<Json> recorded_settings(const std::filesystem::path& folder, const std::string& stage) {
  const std::filesystem::path file = folder / run_record_name;
  const Json record = read_record(file);
  if (!record.contains(stage)) return {};
  const Json& entries = Fields(record, file).array(stage.c_str());
  return {entries.begin(), entries.end()};
}

}  // namespace qualm::datasets
