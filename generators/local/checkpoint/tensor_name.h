#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>

namespace qualm::generators::local {

/// The house's names of a model's tensors; each checkpoint reader maps its own names to them. Every matrix may have a
/// bias: the same name with ".bias" instead of ".weight". Layer tensors are layer_tensor(n, "attention.query") +
/// ".weight".
///
///   embedding.weight (vocabulary, hidden)      position_embedding.weight (context, hidden)
///   output_norm.weight (hidden)                output.weight (vocabulary, hidden)
///   layers.N.attention_norm   .attention.query  .attention.key  .attention.value  .attention.query_key_value (fused)
///            .attention.output  .mlp_norm  .mlp.gate  .mlp.up  .mlp.down
[[nodiscard]] inline std::string layer_tensor(std::int64_t layer, const std::string& part) {
  return fmt::format("layers.{}.{}", layer, part);
}

}  // namespace qualm::generators::local
