#pragma once

#include <filesystem>

#include "generators/local/checkpoint/stored_tensor.h"

namespace qualm::generators::local {

/// The tensors of a PyTorch weights file (.bin): a state_dict as torch.save has written it since version 1.6, a zip
/// archive of a pickle and storages. Memory-mapped; only tensors whose values do not lie in order (views with strides)
/// are copied. The pickle is read weights-only (pytorch/pickle.h): nothing of it runs. Every size, offset and stride is
/// checked. Throws CheckpointError naming file, tensor and reason.
[[nodiscard]] StoredTensors read_pytorch(const std::filesystem::path& file);

}  // namespace qualm::generators::local
