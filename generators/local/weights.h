#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "generators/local/checkpoint/checkpoint.h"

namespace qualm::generators::local {

/// A matrix of a checkpoint with its bias (empty: none).
struct Weights {
  quant::PackedTensor matrix;
  std::vector<float> bias;
};

/// `name`.weight of shape (rows, columns). Throws CheckpointError naming the tensor that is missing or of another
/// shape.
[[nodiscard]] const quant::PackedTensor& matrix_of(const Checkpoint& checkpoint, const std::string& name,
                                                   std::int64_t rows, std::int64_t columns);
/// The same with `name`.bias, where there is one.
[[nodiscard]] Weights weights_of(const Checkpoint& checkpoint, const std::string& name, std::int64_t rows,
                                 std::int64_t columns);
/// The vector `name` (with its ".weight" or ".bias") of `size` values; empty where it is missing and `required` is
/// false.
[[nodiscard]] std::vector<float> vector_of(const Checkpoint& checkpoint, const std::string& name, std::int64_t size,
                                           bool required);

/// The rows of `weights` that `indices` names, in that order; runs of rows share the bytes.
[[nodiscard]] Weights rows_of(const Weights& weights, const std::vector<std::int64_t>& indices);

}  // namespace qualm::generators::local
