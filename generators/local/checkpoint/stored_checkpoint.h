#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "generators/local/checkpoint/checkpoint.h"

namespace qualm::generators::local {

/// A checkpoint whose tensors have been found and named: what every reader returns.
struct StoredCheckpoint final : Checkpoint {
  ModelConfig model_config;
  std::string format_name;
  std::map<std::string, quant::PackedTensor> tensors;
  std::vector<std::filesystem::path> weight_files;

  [[nodiscard]] const ModelConfig& config() const override { return model_config; }
  [[nodiscard]] std::string format() const override { return format_name; }
  [[nodiscard]] const quant::PackedTensor* find(const std::string& name) const override {
    const auto place = tensors.find(name);
    return place == tensors.end() ? nullptr : &place->second;
  }
  [[nodiscard]] std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const auto& [name, tensor] : tensors) all.push_back(name);
    return all;
  }
  [[nodiscard]] std::vector<std::filesystem::path> files() const override { return weight_files; }
};

/// Each reads one kind of model; open_checkpoint chooses. They throw CheckpointError.
[[nodiscard]] std::unique_ptr<Checkpoint> open_gguf_checkpoint(const std::filesystem::path& file);
/// `folder` has config.json and safetensors or PyTorch weights.
[[nodiscard]] std::unique_ptr<Checkpoint> open_hf_checkpoint(const std::filesystem::path& folder);

}  // namespace qualm::generators::local
