#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace qualm::harness::comparison {

/// What a run folder's path says of the run; empty where it says nothing. Two layouts are read: MultiPL-E's folder name
/// DATASET-LANG-MODEL-TEMPERATURE-reworded, and the study's MODEL/LANG_benchmark_temperature_T_LABEL/, with or without
/// a MultiPL-E folder inside.
struct RunPlace {
  std::string dataset;      ///< "humaneval", "mceval"
  std::string language;     ///< "py", "java"
  std::string model;        ///< as written: "CodeLlama-7b-hf-AQLM-2bit-mixed-1x15"
  std::string temperature;  ///< as written: "0.2"
  std::string label;        ///< the study's: "baseline_fp16", "aqlm"
  std::string base_model;   ///< model up to its size, in small letters: "codellama-7b"
  std::string parameters;   ///< "7B"
  /// The study's name of a precision: "16bit", "2bit-mixed-finetuned"; for other names what follows the model's size.
  std::string precision;
  std::optional<int> bits;  ///< of the precision: 16, 8, 4, 3, 2
};

/// Reads the last components of `path`, a run folder or a results file.
[[nodiscard]] RunPlace place_of(const std::filesystem::path& path);

/// Fills base_model, parameters, precision and bits from model and label.
void read_model_name(RunPlace& place);

}  // namespace qualm::harness::comparison
