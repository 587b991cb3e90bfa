#include "quant/registry.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace qualm::quant {
namespace {

using Family = std::span<const TypeEntry> (*)();

// A new family is a folder and a line here.
constexpr std::array<Family, 3> families = {
    float_types,
    legacy_block_types,
    k_block_types,
};

}  // namespace

const TypeEntry& entry(Type type) {
  for (const Family family : families) {
    for (const TypeEntry& candidate : family()) {
      if (candidate.info.type == type) return candidate;
    }
  }
  throw std::invalid_argument(fmt::format("weight type number {} is not part of this build", static_cast<int>(type)));
}

const TypeInfo& info(Type type) { return entry(type).info; }

std::int64_t row_bytes(Type type, std::int64_t columns) {
  const TypeInfo& type_info = info(type);
  if (columns < 0 || columns % type_info.block_values != 0) {
    throw std::invalid_argument(fmt::format("a row of {} weights is not a whole number of {} blocks of {}", columns,
                                            type_info.name, type_info.block_values));
  }
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(columns / type_info.block_values, type_info.block_bytes, &bytes)) {
    throw std::invalid_argument(fmt::format("a row of {} {} weights has no size", columns, type_info.name));
  }
  return bytes;
}

}  // namespace qualm::quant
