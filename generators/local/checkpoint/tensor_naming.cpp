#include "generators/local/checkpoint/tensor_naming.h"

#include <charconv>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/printable.h"
#include "generators/local/checkpoint/tensor_name.h"

namespace qualm::generators::local {
namespace {

bool is_no_weight(std::string_view name) {
  // Old files carry what the configuration determines: rotary frequencies, causal masks and their fill value.
  for (const std::string_view ending :
       {"rotary_emb.inv_freq", ".attn.masked_bias", ".attn.bias", ".attn_rot_embd.weight"})
    if (name.ends_with(ending)) return true;
  return name == "rope_freqs.weight";
}

}  // namespace

const TensorNaming& gguf_naming() {
  static const TensorNaming naming{"blk.",
                                   {{"token_embd", "embedding"},
                                    {"position_embd", "position_embedding"},
                                    {"output_norm", "output_norm"},
                                    {"output", "output"}},
                                   {{"attn_norm", "attention_norm"},
                                    {"attn_q", "attention.query"},
                                    {"attn_k", "attention.key"},
                                    {"attn_v", "attention.value"},
                                    {"attn_qkv", "attention.query_key_value"},
                                    {"attn_output", "attention.output"},
                                    {"ffn_norm", "mlp_norm"},
                                    {"ffn_gate", "mlp.gate"},
                                    {"ffn_up", "mlp.up"},
                                    {"ffn_down", "mlp.down"}}};
  return naming;
}

const TensorNaming& hf_llama_naming() {
  static const TensorNaming naming{
      "model.layers.",
      {{"model.embed_tokens", "embedding"}, {"model.norm", "output_norm"}, {"lm_head", "output"}},
      {{"input_layernorm", "attention_norm"},
       {"self_attn.q_proj", "attention.query"},
       {"self_attn.k_proj", "attention.key"},
       {"self_attn.v_proj", "attention.value"},
       {"self_attn.o_proj", "attention.output"},
       {"post_attention_layernorm", "mlp_norm"},
       {"mlp.gate_proj", "mlp.gate"},
       {"mlp.up_proj", "mlp.up"},
       {"mlp.down_proj", "mlp.down"}}};
  return naming;
}

const TensorNaming& hf_gpt_bigcode_naming() {
  static const TensorNaming naming{"transformer.h.",
                                   {{"transformer.wte", "embedding"},
                                    {"transformer.wpe", "position_embedding"},
                                    {"transformer.ln_f", "output_norm"},
                                    {"lm_head", "output"}},
                                   {{"ln_1", "attention_norm"},
                                    {"attn.c_attn", "attention.query_key_value"},
                                    {"attn.c_proj", "attention.output"},
                                    {"ln_2", "mlp_norm"},
                                    {"mlp.c_fc", "mlp.up"},
                                    {"mlp.c_proj", "mlp.down"}}};
  return naming;
}

std::optional<std::string> house_name(const std::filesystem::path& file, const TensorNaming& naming,
                                      std::string_view name, std::int64_t layers) {
  if (is_no_weight(name)) return std::nullopt;
  const std::size_t dot = name.rfind('.');
  const std::string_view kind = dot == std::string_view::npos ? "" : name.substr(dot);
  const std::string_view stem = name.substr(0, dot);
  if (kind == ".weight" || kind == ".bias") {
    if (const auto place = naming.model.find(stem); place != naming.model.end())
      return fmt::format("{}{}", place->second, kind);
    if (stem.starts_with(naming.layer_prefix)) {
      const std::string_view rest = stem.substr(naming.layer_prefix.size());
      std::int64_t layer = -1;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), layer);
      const auto digits = static_cast<std::size_t>(end - rest.data());
      if (error == std::errc() && digits < rest.size() && rest[digits] == '.') {
        if (layer < 0 || layer >= layers)
          throw CheckpointError(file, fmt::format("tensor {}: the model has {} layers", printable(name), layers));
        if (const auto place = naming.layer.find(rest.substr(digits + 1)); place != naming.layer.end())
          return layer_tensor(layer, fmt::format("{}{}", place->second, kind));
      }
    }
  }
  throw CheckpointError(file, fmt::format("tensor {} is not one of this architecture's", printable(name)));
}

}  // namespace qualm::generators::local
