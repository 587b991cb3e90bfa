#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/json_document.h"

namespace qualm::datasets {

/// One task of a benchmark, as MultiPL-E's data set builder writes it.
struct Problem {
  std::string name;      ///< unique within a benchmark and language; also the stem of its files
  std::string language;  ///< "py", "java"
  std::string prompt;
  std::string tests;
  std::vector<std::string> stop_tokens;
  Json fields;  ///< the whole object, unknown fields included
};

/// Reads a problem file: JSON lines or one JSON list, gzip or plain. Throws InputError naming the line or list index.
[[nodiscard]] std::vector<Problem> read_problems(const std::filesystem::path& file);
/// The same of the text (or gzip bytes) of a file; `file` is how messages name it.
[[nodiscard]] std::vector<Problem> parse_problems(std::string text, const std::filesystem::path& file);

/// True where `name` can be the stem of a file in a run folder: not empty, no slash, NUL or control character, not
/// hidden, not too long. A name from a file of somebody else's must pass before a path is made of it.
[[nodiscard]] bool is_file_stem(const std::string& name);

}  // namespace qualm::datasets
