#include "datasets/results.h"

#include <limits>
#include <utility>

#include "datasets/input_error.h"

namespace qualm::datasets {

ExecutionResult parse_result(const Json& object, const std::filesystem::path& file, const std::string& place) {
  const Fields fields(object, file, place);
  ExecutionResult result;
  result.program = fields.string("program");
  result.timestamp = fields.optional_integer("timestamp").value_or(0);
  result.standard_output = fields.string("stdout");
  result.standard_error = fields.string("stderr");
  const std::int64_t exit_code = fields.integer("exit_code");
  if (exit_code < std::numeric_limits<int>::min() || exit_code > std::numeric_limits<int>::max())
    throw InputError(file, fmt::format("{}: exit_code {} is out of range", place, exit_code));
  result.exit_code = static_cast<int>(exit_code);
  result.status = fields.string("status");
  return result;
}

Json result_to_json(const ExecutionResult& result) {
  return Json{{"program", result.program},       {"timestamp", result.timestamp}, {"stdout", result.standard_output},
              {"stderr", result.standard_error}, {"exit_code", result.exit_code}, {"status", result.status}};
}

Results results_for(const Predictions& predictions) {
  Results results;
  results.name = predictions.name;
  results.language = predictions.language;
  results.temperature = predictions.temperature;
  results.fields = predictions.fields;
  results.fields.erase("completions");
  return results;
}

Results results_from_json(Json json, const std::filesystem::path& file) {
  Results results;
  const Fields fields(json, file);
  results.name = fields.optional_string("name").value_or("");
  results.language = fields.optional_string("language").value_or("");
  results.temperature = fields.optional_number("temperature");
  for (const Json& object : fields.array("results"))
    results.results.push_back(parse_result(object, file, fmt::format("results[{}]", results.results.size())));
  json.erase("results");
  results.fields = std::move(json);
  return results;
}

Results read_results(const std::filesystem::path& file) { return results_from_json(read_json(file), file); }

Json to_json(const Results& results) {
  Json json = results.fields;
  Json& list = json["results"] = Json::array();
  for (const ExecutionResult& result : results.results) list.push_back(result_to_json(result));
  return json;
}

void write_results(const std::filesystem::path& file, const Results& results) {
  write_json(file, to_json(results), file.extension() == ".gz");
}

}  // namespace qualm::datasets
