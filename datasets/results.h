#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/execution.h"
#include "datasets/json_document.h"
#include "datasets/predictions.h"

namespace qualm::datasets {

/// A results file: the predictions' fields without the completions, and one result a completion, in order.
struct Results {
  std::string name;
  std::string language;
  std::optional<double> temperature;
  std::vector<ExecutionResult> results;
  Json fields;  ///< the whole object in its order without `results`
};

/// Results without any result yet, with the predictions' fields.
[[nodiscard]] Results results_for(const Predictions& predictions);

/// Throws InputError where a field is missing or of a wrong type. `name`, `language` and a result's `timestamp` may be
/// absent, as in files of older versions of MultiPL-E.
[[nodiscard]] Results results_from_json(Json json, const std::filesystem::path& file);
[[nodiscard]] Results read_results(const std::filesystem::path& file);

[[nodiscard]] Json to_json(const Results& results);

/// One entry of `results`; `place` is how messages name it. Throws InputError.
[[nodiscard]] ExecutionResult parse_result(const Json& object, const std::filesystem::path& file,
                                           const std::string& place);
[[nodiscard]] Json result_to_json(const ExecutionResult& result);

/// Writes atomically; gzip where the name ends in .gz. Throws OutputError.
void write_results(const std::filesystem::path& file, const Results& results);

}  // namespace qualm::datasets
