#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quant/type.h"

namespace qualm::generators::local {

/// Where a tensor's bytes lie in its file.
struct Extent {
  std::string tensor;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// A shape, outermost first, as a matrix of whole blocks.
struct MatrixShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::uint64_t bytes = 0;
};

/// Folds the leading dimensions into rows. Throws std::invalid_argument with the reason for no or too many dimensions,
/// a dimension that is not positive, a size that overflows, or a row that is not a whole number of blocks.
[[nodiscard]] MatrixShape matrix_shape(quant::Type type, const std::vector<std::int64_t>& shape);

/// Throws CheckpointError where two extents share a byte. Each must lie within the file already.
void refuse_overlap(const std::filesystem::path& file, std::vector<Extent> extents);

}  // namespace qualm::generators::local
