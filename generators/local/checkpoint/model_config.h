#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qualm::generators::local {

/// Rotary position embedding (Su et al. 2021) and its scalings.
struct Rotary {
  enum class Scaling { none, linear, llama3 };
  double theta = 10'000.0;
  Scaling scaling = Scaling::none;
  double factor = 1.0;                    ///< linear and llama3
  double low_frequency_factor = 1.0;      ///< llama3
  double high_frequency_factor = 4.0;     ///< llama3
  double original_context = 8192;         ///< llama3
  std::vector<float> frequency_divisors;  ///< GGUF's rope_freqs tensor (head_dim / 2 values); empty: by `scaling`
  /// Pairs are neighbours (2i, 2i + 1), as in GGUF's llama files, whose q and k rows are permuted for it; else
  /// (i, i + head_dim / 2).
  bool interleaved = false;
};

/// A decoder-only transformer, from HF's config.json or GGUF's metadata. All sizes are checked for plausibility when
/// read.
struct ModelConfig {
  std::string architecture;  ///< "llama", "qwen2", "gpt_bigcode"
  std::int64_t layers = 0;
  std::int64_t hidden_size = 0;
  std::int64_t heads = 0;
  std::int64_t key_value_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t vocabulary = 0;
  std::int64_t context_length = 0;  ///< max_position_embeddings
  double norm_epsilon = 1e-5;
  enum class Norm { rms, layer } norm = Norm::rms;
  enum class Activation { silu, gelu_erf, gelu_tanh } activation = Activation::silu;
  bool gated_mlp = true;         ///< down(act(gate(x)) * up(x)); else down(act(up(x)))
  bool tied_embeddings = false;  ///< the output matrix is the embedding; also where no output tensor is stored
  std::optional<Rotary> rotary;  ///< none: learned positions are added to the embedding
  /// gpt_bigcode's fused query/key/value rows: multi-query has all queries, then one key and one value head; else the
  /// rows of each head are (query, key, value).
  bool fused_query_key_value = false;
  bool multi_query = false;
  std::vector<std::int32_t>
      end_tokens;  ///< eos of config.json, generation_config.json, GGUF (eos, eot, eog); no duplicates
  std::optional<std::int32_t> begin_token;
};

}  // namespace qualm::generators::local
