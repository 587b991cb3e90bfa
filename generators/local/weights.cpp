#include "generators/local/weights.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "quant/linear.h"

namespace qualm::generators::local {
namespace {

[[noreturn]] void fail(const Checkpoint& checkpoint, const std::string& reason) {
  const auto files = checkpoint.files();
  throw CheckpointError(files.empty() ? std::filesystem::path("model") : files.front(), reason);
}

}  // namespace

const quant::PackedTensor& matrix_of(const Checkpoint& checkpoint, const std::string& name, std::int64_t rows,
                                     std::int64_t columns) {
  const quant::PackedTensor* tensor = checkpoint.find(name + ".weight");
  if (tensor == nullptr)
    fail(checkpoint, fmt::format("tensor {}.weight is missing; the configuration needs it with shape ({}, {})", name,
                                 rows, columns));
  if (tensor->rows != rows || tensor->columns != columns)
    fail(checkpoint, fmt::format("tensor {}.weight has shape ({}, {}); the configuration needs ({}, {})", name,
                                 tensor->rows, tensor->columns, rows, columns));
  return *tensor;
}

Weights weights_of(const Checkpoint& checkpoint, const std::string& name, std::int64_t rows, std::int64_t columns) {
  return {.matrix = matrix_of(checkpoint, name, rows, columns),
          .bias = vector_of(checkpoint, name + ".bias", rows, false)};
}

std::vector<float> vector_of(const Checkpoint& checkpoint, const std::string& name, std::int64_t size, bool required) {
  const quant::PackedTensor* tensor = checkpoint.find(name);
  if (tensor == nullptr) {
    if (required) fail(checkpoint, fmt::format("tensor {} is missing; the configuration needs {} values", name, size));
    return {};
  }
  if (tensor->rows != 1 || tensor->columns != size)
    fail(checkpoint, fmt::format("tensor {} has shape ({}, {}); the configuration needs {} values", name, tensor->rows,
                                 tensor->columns, size));
  std::vector<float> values(static_cast<std::size_t>(size));
  quant::decode_row(*tensor, 0, values);
  return values;
}

Weights rows_of(const Weights& weights, const std::vector<std::int64_t>& indices) {
  const auto row_bytes = static_cast<std::size_t>(quant::row_bytes(weights.matrix.type, weights.matrix.columns));
  Weights chosen{.matrix = weights.matrix, .bias = {}};
  chosen.matrix.rows = static_cast<std::int64_t>(indices.size());
  for (const std::int64_t index : indices)
    if (!weights.bias.empty()) chosen.bias.push_back(weights.bias[static_cast<std::size_t>(index)]);
  bool is_run = true;
  for (std::size_t i = 1; i < indices.size(); ++i) is_run = is_run && indices[i] == indices[i - 1] + 1;
  if (is_run) {
    chosen.matrix.data =
        weights.matrix.data.subspan(static_cast<std::size_t>(indices.front()) * row_bytes, indices.size() * row_bytes);
    return chosen;
  }
  auto copy = std::make_shared<std::vector<std::byte>>(indices.size() * row_bytes);
  for (std::size_t i = 0; i < indices.size(); ++i)
    std::memcpy(copy->data() + i * row_bytes,
                weights.matrix.data.data() + static_cast<std::size_t>(indices[i]) * row_bytes, row_bytes);
  chosen.matrix.data = *copy;
  chosen.matrix.owner = std::move(copy);
  return chosen;
}

}  // namespace qualm::generators::local
