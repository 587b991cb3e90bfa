#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/json_document.h"

namespace qualm::datasets {

/// A predictions file: one problem and its completions.
struct Predictions {
  std::string name;
  std::string language;
  std::string prompt;
  std::string tests;
  std::vector<std::string> completions;
  std::optional<double> temperature;
  Json fields;  ///< the whole object in its order, `completions` null; what to_json starts from
};

/// Throws InputError where a field is missing or of a wrong type.
[[nodiscard]] Predictions predictions_from_json(Json json, const std::filesystem::path& file);
[[nodiscard]] Predictions read_predictions(const std::filesystem::path& file);

/// `fields` with the completions put back in their place; unknown fields are kept.
[[nodiscard]] Json to_json(const Predictions& predictions);

/// Writes atomically; gzip where the name ends in .gz. Throws OutputError.
void write_predictions(const std::filesystem::path& file, const Predictions& predictions);

}  // namespace qualm::datasets
