#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "datasets/execution.h"
#include "datasets/json_document.h"

namespace qualm::datasets {

/// The sidecar NAME.execution.qualm: gzip JSON {"version": 1, "completions": [...]}, one entry a completion in order;
/// an entry is null (std::nullopt) for a result that another tool wrote.
struct ExecutionSidecar {
  std::vector<std::optional<ExecutionMeasures>> completions;
  /// Finished executions that the results file cannot hold yet, since an earlier completion is not finished: by index.
  /// In the file: "ahead": [{"index": 7, "result": {...}, "measures": {...}}, ...], absent where there are none.
  std::map<std::size_t, Execution> ahead;
};

/// An empty sidecar where `file` does not exist. Throws InputError for a file that is there and bad.
[[nodiscard]] ExecutionSidecar read_execution_sidecar(const std::filesystem::path& file);
[[nodiscard]] ExecutionSidecar execution_sidecar_from_json(const Json& json, const std::filesystem::path& file);

/// Writes atomically. Throws OutputError.
void write_execution_sidecar(const std::filesystem::path& file, const ExecutionSidecar& sidecar);

}  // namespace qualm::datasets
