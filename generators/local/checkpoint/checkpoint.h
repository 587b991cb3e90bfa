#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/model_config.h"
#include "quant/packed_tensor.h"

namespace qualm::generators::local {

/// A model on disk: its configuration and its tensors under the house's names (tensor_name.h).
class Checkpoint {
 public:
  virtual ~Checkpoint() = default;
  [[nodiscard]] virtual const ModelConfig& config() const = 0;
  /// "gguf", "safetensors", "pytorch".
  [[nodiscard]] virtual std::string format() const = 0;
  /// The tensor called `name`, nullptr where there is none. Vectors have one row. Shapes are not checked against the
  /// configuration here: the architecture does that.
  [[nodiscard]] virtual const quant::PackedTensor* find(const std::string& name) const = 0;
  /// All names, sorted.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;
  /// The weight files, for hashing and messages.
  [[nodiscard]] virtual std::vector<std::filesystem::path> files() const = 0;
};

/// Opens a .gguf file or a folder (HF's config.json with *.safetensors, else pytorch_model*.bin; or a folder with one
/// .gguf). Throws CheckpointError.
[[nodiscard]] std::unique_ptr<Checkpoint> open_checkpoint(const std::filesystem::path& model);

}  // namespace qualm::generators::local
