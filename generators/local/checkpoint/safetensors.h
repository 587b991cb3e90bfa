#pragma once

#include <filesystem>

#include "generators/local/checkpoint/stored_tensor.h"

namespace qualm::generators::local {

/// The tensors of a safetensors file (https://github.com/huggingface/safetensors, README, "Format"), memory-mapped.
/// Every size and offset is checked; tensors neither overlap nor leave bytes unused. Throws CheckpointError naming
/// file, tensor and reason.
[[nodiscard]] StoredTensors read_safetensors(const std::filesystem::path& file);

}  // namespace qualm::generators::local
