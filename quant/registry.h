#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "quant/product.h"
#include "quant/type.h"

namespace qualm::quant {

/// Values [begin, end) of a row as floats.
using DecodeValues = void (*)(const std::byte* row, std::int64_t begin, std::int64_t end, float* out);

/// What the house knows of a type. A kernel set that this build lacks has nullptr.
struct TypeEntry {
  TypeInfo info;
  DecodeValues decode;
  Multiply portable;
  Multiply avx2;
  Multiply avx512;
};

/// One function a family, in the family's folder; registry.cpp lists them.
[[nodiscard]] std::span<const TypeEntry> float_types();
[[nodiscard]] std::span<const TypeEntry> legacy_block_types();
[[nodiscard]] std::span<const TypeEntry> k_block_types();

/// Throws std::invalid_argument for a type that no family of this build has.
[[nodiscard]] const TypeEntry& entry(Type type);

}  // namespace qualm::quant
