#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/execution.h"
#include "languages/language.h"
#include "sandbox/jail.h"

namespace qualm::languages {

/// The limits of one process tree as the user's settings give them.
[[nodiscard]] sandbox::Limits limits_of(const Settings& settings);

/// Bytes as Python's bytes.decode("utf-8", errors="ignore") reads them: invalid sequences are dropped, maximal
/// subparts at a time (Unicode 15, section 3.9).
[[nodiscard]] std::string decode_ignoring_errors(std::string_view bytes);

/// The result of `program` as MultiPL-E writes it: output decoded and kept to 2048 characters, "!!int" removed from
/// standard output, the time of now. `status` is left to the language.
[[nodiscard]] datasets::ExecutionResult result_of(const std::string& program, const sandbox::Outcome& outcome);

/// The sidecar's entry for a run by the plain runner.
[[nodiscard]] datasets::ExecutionMeasures measures_of(const sandbox::Outcome& outcome);

/// The path of a tool: itself where it has a slash, else found in PATH. Throws ToolchainError with `remedy`.
[[nodiscard]] std::filesystem::path find_tool(const std::filesystem::path& tool, const std::string& remedy);

/// Of `paths`, those that exist: what a jail can be shown.
[[nodiscard]] std::vector<std::filesystem::path> existing(const std::vector<std::filesystem::path>& paths);

/// Where shared libraries and the loader lie on Linux systems, and the local time zone.
[[nodiscard]] const std::vector<std::filesystem::path>& system_libraries();

}  // namespace qualm::languages
