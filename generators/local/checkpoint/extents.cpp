#include "generators/local/checkpoint/extents.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/printable.h"

namespace qualm::generators::local {

MatrixShape matrix_shape(quant::Type type, const std::vector<std::int64_t>& shape) {
  constexpr std::size_t most_dimensions = 4;
  if (shape.empty() || shape.size() > most_dimensions)
    throw std::invalid_argument(fmt::format("{} dimensions, where 1 to {} are usual", shape.size(), most_dimensions));
  MatrixShape matrix{1, shape.back(), 0};
  std::int64_t values = 1;
  for (const std::int64_t dimension : shape) {
    if (dimension <= 0) throw std::invalid_argument(fmt::format("shape ({}) has no values", fmt::join(shape, ", ")));
    if (__builtin_mul_overflow(values, dimension, &values))
      throw std::invalid_argument(fmt::format("shape ({}) is too large", fmt::join(shape, ", ")));
  }
  matrix.rows = values / matrix.columns;
  const quant::TypeInfo& type_info = quant::info(type);
  if (matrix.columns % type_info.block_values != 0)
    throw std::invalid_argument(fmt::format("rows of {} values are not whole {} blocks of {}", matrix.columns,
                                            type_info.name, type_info.block_values));
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(values / type_info.block_values, type_info.block_bytes, &bytes))
    throw std::invalid_argument(fmt::format("shape ({}) is too large", fmt::join(shape, ", ")));
  matrix.bytes = static_cast<std::uint64_t>(bytes);
  return matrix;
}

void refuse_overlap(const std::filesystem::path& file, std::vector<Extent> extents) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < extents.size(); ++i) {
    const Extent& before = extents[i - 1];
    if (before.begin + before.size > extents[i].begin)
      throw CheckpointError(file, fmt::format("tensors {} and {} overlap at byte {}", printable(before.tensor),
                                              printable(extents[i].tensor), extents[i].begin));
  }
}

}  // namespace qualm::generators::local
