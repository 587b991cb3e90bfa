#include "datasets/execution_sidecar.h"

#include <utility>

#include "datasets/format_version.h"
#include "datasets/input_error.h"
#include "datasets/json_document.h"
#include "datasets/results.h"

namespace qualm::datasets {
namespace {

constexpr std::int64_t current_version = 1;

ExecutionMeasures parse_measures(const Json& object, const std::filesystem::path& file, const std::string& place) {
  const Fields fields(object, file, place);
  ExecutionMeasures measures;
  measures.cause = fields.string("cause");
  measures.suspect = fields.optional_boolean("suspect").value_or(false);
  measures.native_code = fields.optional_boolean("native_code").value_or(false);
  measures.cpu = std::chrono::microseconds(fields.integer("cpu_microseconds"));
  measures.wall = std::chrono::microseconds(fields.integer("wall_microseconds"));
  measures.peak_memory_bytes = static_cast<std::uint64_t>(fields.integer("peak_memory_bytes"));
  measures.runner = fields.string("runner");
  measures.run_again = fields.optional_boolean("run_again").value_or(false);
  measures.refused_calls = fields.strings("refused_calls");
  return measures;
}

Json to_json(const ExecutionMeasures& measures) {
  return Json{{"cause", measures.cause},
              {"suspect", measures.suspect},
              {"native_code", measures.native_code},
              {"cpu_microseconds", measures.cpu.count()},
              {"wall_microseconds", measures.wall.count()},
              {"peak_memory_bytes", measures.peak_memory_bytes},
              {"runner", measures.runner},
              {"run_again", measures.run_again},
              {"refused_calls", measures.refused_calls}};
}

void parse_ahead(const Json& object, const std::filesystem::path& file, std::map<std::size_t, Execution>& ahead) {
  const std::string place = fmt::format("ahead[{}]", ahead.size());
  const Fields fields(object, file, place);
  const std::int64_t index = fields.integer("index");
  if (index < 0) throw InputError(file, fmt::format("{}: index {} is negative", place, index));
  Execution execution{parse_result(fields.object("result"), file, place + ".result"),
                      parse_measures(fields.object("measures"), file, place + ".measures")};
  if (!ahead.emplace(static_cast<std::size_t>(index), std::move(execution)).second)
    throw InputError(file, fmt::format("{}: index {} stands twice", place, index));
}

}  // namespace

ExecutionSidecar read_execution_sidecar(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  return execution_sidecar_from_json(read_json(file), file);
}

ExecutionSidecar execution_sidecar_from_json(const Json& json, const std::filesystem::path& file) {
  ExecutionSidecar sidecar;
  const Fields fields(json, file);
  check_version(fields, file, current_version);
  for (const Json& entry : fields.array("completions")) {
    if (entry.is_null())
      sidecar.completions.emplace_back(std::nullopt);
    else
      sidecar.completions.emplace_back(
          parse_measures(entry, file, fmt::format("completions[{}]", sidecar.completions.size())));
  }
  if (json.contains("ahead"))
    for (const Json& entry : fields.array("ahead")) parse_ahead(entry, file, sidecar.ahead);
  return sidecar;
}

void write_execution_sidecar(const std::filesystem::path& file, const ExecutionSidecar& sidecar) {
  Json json{{"version", current_version}, {"completions", Json::array()}};
  for (const auto& measures : sidecar.completions)
    json["completions"].push_back(measures ? to_json(*measures) : Json(nullptr));
  for (const auto& [index, execution] : sidecar.ahead)
    json["ahead"].push_back(Json{
        {"index", index}, {"result", result_to_json(execution.result)}, {"measures", to_json(execution.measures)}});
  write_json(file, json, /*compress=*/true);
}

}  // namespace qualm::datasets
