#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "quant/type.h"

namespace qualm::quant {

/// A weight matrix as it is stored: `rows` (outputs) of `columns` (inputs) weights, row after row, each row a whole
/// number of blocks. A vector has one row. The bytes are borrowed (a memory-mapped file, a buffer) and kept alive by
/// `owner`; they need not be aligned.
struct PackedTensor {
  Type type = Type::f32;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::span<const std::byte> data;  ///< rows * row_bytes(type, columns), checked by whoever reads the file
  std::shared_ptr<const void> owner;
};

}  // namespace qualm::quant
