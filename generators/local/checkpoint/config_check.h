#pragma once

#include <filesystem>

#include "generators/local/checkpoint/model_config.h"

namespace qualm::generators::local {

/// Throws CheckpointError naming `file` and the value where a size is missing or absurd, sizes do not fit together, or
/// a number is not finite. What passes cannot overflow when the sizes of tensors and caches are computed from it.
void check_config(const std::filesystem::path& file, const ModelConfig& config);

}  // namespace qualm::generators::local
