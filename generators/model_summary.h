#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "generators/local/checkpoint/model_config.h"

namespace qualm::generators {

/// A tensor as it is stored; a vector has one row.
struct TensorSummary {
  std::string name;  ///< the house's (local/checkpoint/tensor_name.h)
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::string type;  ///< as GGUF prints it: "F32", "Q4_K", ...
  std::int64_t bytes = 0;
};

/// What a model on disk is, and what it needs when it runs.
struct ModelSummary {
  std::string format;  ///< "gguf", "safetensors", "pytorch"
  std::vector<std::filesystem::path> files;
  std::int64_t file_bytes = 0;
  local::ModelConfig config;
  std::vector<TensorSummary> tensors;      ///< by name
  std::int64_t cache_bytes_per_token = 0;  ///< keys and values of all layers
  std::int64_t table_bytes = 0;            ///< rotary cosines and sines of the whole context
};

/// Opens the module of local models and reads a model's headers in it; no weights are read. Throws as open_local_model
/// does.
[[nodiscard]] ModelSummary inspect_local_model(const std::filesystem::path& model);

}  // namespace qualm::generators
