#pragma once

#include <cstdint>
#include <string_view>

namespace qualm::quant {

/// How the weights of one tensor are stored. The names are those of GGUF; f32, f16 and bf16 serve safetensors too.
enum class Type : std::uint8_t { f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k };

/// A row is a whole number of blocks: `block_values` weights in `block_bytes` bytes.
struct TypeInfo {
  Type type;
  std::string_view name;  ///< as GGUF prints it: "F32", "Q4_K", ...
  std::int64_t block_values;
  std::int64_t block_bytes;
};

/// The registry's row for `type`.
[[nodiscard]] const TypeInfo& info(Type type);

/// Bytes of a row of `columns` weights. Throws std::invalid_argument where `columns` is not a whole number of blocks.
[[nodiscard]] std::int64_t row_bytes(Type type, std::int64_t columns);

}  // namespace qualm::quant
