#pragma once

#include <filesystem>
#include <string>

#include "generators/local/checkpoint/gguf.h"
#include "generators/local/checkpoint/model_config.h"

namespace qualm::generators::local {

/// The configuration that GGUF's metadata and tensors describe: architectures llama, qwen2, starcoder. Throws
/// CheckpointError for another one, a missing key, or a feature that the architecture here does not have.
[[nodiscard]] ModelConfig gguf_config(const std::filesystem::path& file, const GgufFile& gguf);

}  // namespace qualm::generators::local
