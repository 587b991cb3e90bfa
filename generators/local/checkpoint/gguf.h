#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "quant/packed_tensor.h"

namespace qualm::generators::local {

/// A value of GGUF's metadata; integers of all widths and signs become int64 (a uint64 above it is refused), float32
/// and float64 become double.
using GgufValue = std::variant<bool, std::int64_t, double, std::string, std::vector<bool>, std::vector<std::int64_t>,
                               std::vector<double>, std::vector<std::string>>;

/// A tensor of a GGUF file. `packed.type` is one that quant/ knows; a file with another type is refused by name.
struct GgufTensor {
  std::vector<std::int64_t> shape;  ///< outermost first: (rows, columns), the reverse of the file's order
  quant::PackedTensor packed;       ///< leading dimensions folded into rows
};

/// A GGUF file, version 2 or 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), memory-mapped. Every size,
/// count and offset is checked against the file. Throws CheckpointError naming file, key or tensor, and reason.
class GgufFile {
 public:
  explicit GgufFile(const std::filesystem::path& file);

  [[nodiscard]] const std::map<std::string, GgufValue>& metadata() const { return metadata_; }
  [[nodiscard]] const std::map<std::string, GgufTensor>& tensors() const { return tensors_; }
  /// The value of `key` where it is there and of type T; nullptr where it is absent. Throws CheckpointError for another
  /// type.
  template <typename T>
  [[nodiscard]] const T* find(const std::string& key) const;

 private:
  std::filesystem::path file_;
  std::map<std::string, GgufValue> metadata_;
  std::map<std::string, GgufTensor> tensors_;
};

}  // namespace qualm::generators::local
