#include "datasets/execution_sidecar.h"

#include "datasets/input_error.h"
#include "datasets/json_document.h"

namespace qualm::datasets {
namespace {

constexpr std::int64_t current_version = 1;

ExecutionMeasures parse_measures(const Json& object, const std::filesystem::path& file, std::size_t index) {
  const Fields fields(object, file, fmt::format("completions[{}]", index));
  ExecutionMeasures measures;
  measures.cause = fields.string("cause");
  measures.suspect = fields.optional_boolean("suspect").value_or(false);
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
              {"cpu_microseconds", measures.cpu.count()},
              {"wall_microseconds", measures.wall.count()},
              {"peak_memory_bytes", measures.peak_memory_bytes},
              {"runner", measures.runner},
              {"run_again", measures.run_again},
              {"refused_calls", measures.refused_calls}};
}

}  // namespace

ExecutionSidecar read_execution_sidecar(const std::filesystem::path& file) {
  ExecutionSidecar sidecar;
  if (!std::filesystem::exists(file)) return sidecar;
  const Json json = read_json(file);
  const Fields fields(json, file);
  if (const std::int64_t version = fields.integer("version"); version != current_version)
    throw InputError(file, fmt::format("is of version {}; this program reads version {}", version, current_version));
  for (const Json& entry : fields.array("completions")) {
    if (entry.is_null())
      sidecar.completions.emplace_back(std::nullopt);
    else
      sidecar.completions.emplace_back(parse_measures(entry, file, sidecar.completions.size()));
  }
  return sidecar;
}

void write_execution_sidecar(const std::filesystem::path& file, const ExecutionSidecar& sidecar) {
  Json json{{"version", current_version}, {"completions", Json::array()}};
  for (const auto& measures : sidecar.completions)
    json["completions"].push_back(measures ? to_json(*measures) : Json(nullptr));
  write_json(file, json, /*compress=*/true);
}

}  // namespace qualm::datasets
