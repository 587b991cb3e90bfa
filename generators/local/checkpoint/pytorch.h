#pragma once

#include <filesystem>

#include "generators/local/checkpoint/stored_tensor.h"

namespace qualm::generators::local {

/// The tensors of a PyTorch weights file (.bin), read by libtorch's own reader in the module libqualm_torch.so, which is
/// opened here for the first time. The reader builds tensors and containers of them, never a file's own code. Throws
/// CheckpointError for a malformed file, std::runtime_error where this build has no such module.
[[nodiscard]] StoredTensors read_pytorch(const std::filesystem::path& file);

}  // namespace qualm::generators::local
