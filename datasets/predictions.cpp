#include "datasets/predictions.h"

#include <utility>

#include "datasets/input_error.h"

namespace qualm::datasets {

Predictions predictions_from_json(Json json, const std::filesystem::path& file) {
  Predictions predictions;
  const Fields fields(json, file);
  predictions.name = fields.string("name");
  predictions.language = fields.string("language");
  predictions.prompt = fields.string("prompt");
  predictions.tests = fields.string("tests");
  predictions.completions = fields.strings("completions");
  predictions.temperature = fields.optional_number("temperature");
  json["completions"] = nullptr;
  predictions.fields = std::move(json);
  return predictions;
}

Predictions read_predictions(const std::filesystem::path& file) { return predictions_from_json(read_json(file), file); }

Json to_json(const Predictions& predictions) {
  Json json = predictions.fields;
  json["completions"] = predictions.completions;
  return json;
}

void write_predictions(const std::filesystem::path& file, const Predictions& predictions) {
  write_json(file, to_json(predictions), file.extension() == ".gz");
}

}  // namespace qualm::datasets
