#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace qualm::datasets {

/// How one completion came about.
struct GenerationTrace {
  std::string raw_completion;        ///< before the cut at a stop token
  std::size_t completion_bytes = 0;  ///< the completion is this prefix of it
  std::string end;  ///< "stop", "end token", "length", "loop" (by length, while repeating itself), "replayed"
  std::vector<std::int32_t> tokens;  ///< generated ids, the ending one included
  std::int64_t prompt_tokens = 0;
};

/// The sidecar NAME.generation.qualm: gzip JSON {"version": 1, "completions": [...]}, one entry a completion in order.
/// While a problem's completions are still being generated, those that are missing are null (std::nullopt).
struct GenerationSidecar {
  std::vector<std::optional<GenerationTrace>> completions;
};

/// NAME.generation.qualm beside `predictions`.
[[nodiscard]] std::filesystem::path generation_sidecar_path(const std::filesystem::path& predictions);

/// An empty sidecar where `file` does not exist. Throws InputError for a file that is there and bad.
[[nodiscard]] GenerationSidecar read_generation_sidecar(const std::filesystem::path& file);

/// Writes atomically. Throws OutputError.
void write_generation_sidecar(const std::filesystem::path& file, const GenerationSidecar& sidecar);

}  // namespace qualm::datasets
