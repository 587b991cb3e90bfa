#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace qualm::generators::local {

/// A tensor of an HF checkpoint before its type and its name are judged. Only used tensors must be of a known type.
struct StoredTensor {
  std::string type;                 ///< safetensors' name: "F32", "F16", "BF16", ...
  std::vector<std::int64_t> shape;  ///< outermost first
  std::span<const std::byte> data;
  std::shared_ptr<const void> owner;
};

using StoredTensors = std::map<std::string, StoredTensor>;

}  // namespace qualm::generators::local
