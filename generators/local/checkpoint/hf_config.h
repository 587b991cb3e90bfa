#pragma once

#include <filesystem>

#include "generators/local/checkpoint/model_config.h"

namespace qualm::generators::local {

/// The configuration that `folder`'s config.json (and generation_config.json, for end tokens) describes: model types
/// llama, qwen2, gpt_bigcode. Fields that are absent have transformers' defaults. Throws CheckpointError for another
/// model type, a missing field, or a feature that the architecture here does not have.
[[nodiscard]] ModelConfig hf_config(const std::filesystem::path& folder);

}  // namespace qualm::generators::local
