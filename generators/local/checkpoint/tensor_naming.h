#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qualm::generators::local {

/// How a family of files names its tensors, and the house's names for them (tensor_name.h).
struct TensorNaming {
  std::string_view layer_prefix;                       ///< before the layer's number, as "blk."
  std::map<std::string_view, std::string_view> model;  ///< without ".weight" and ".bias"
  std::map<std::string_view, std::string_view> layer;
};

/// GGUF's, for all architectures; HF's llama and qwen2; HF's gpt_bigcode.
[[nodiscard]] const TensorNaming& gguf_naming();
[[nodiscard]] const TensorNaming& hf_llama_naming();
[[nodiscard]] const TensorNaming& hf_gpt_bigcode_naming();

/// The house's name of `name`: std::nullopt for what is not a weight (rotary inv_freq, causal masks). Throws
/// CheckpointError for a tensor that the architecture here does not know, since leaving it out would change the model,
/// and for a layer number at or above `layers`.
[[nodiscard]] std::optional<std::string> house_name(const std::filesystem::path& file, const TensorNaming& naming,
                                                    std::string_view name, std::int64_t layers);

}  // namespace qualm::generators::local
