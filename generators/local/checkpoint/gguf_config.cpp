#include "generators/local/checkpoint/gguf_config.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "generators/local/checkpoint/config_check.h"
#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/printable.h"

namespace qualm::generators::local {
namespace {

/// Keys of one architecture: "llama.block_count" is integer("block_count").
class Keys {
 public:
  Keys(const std::filesystem::path& file, const GgufFile& gguf, std::string architecture)
      : file_(file), gguf_(gguf), prefix_(std::move(architecture) + ".") {}

  [[noreturn]] void fail(const std::string& reason) const { throw CheckpointError(file_, reason); }

  [[nodiscard]] std::optional<std::int64_t> optional_integer(const std::string& key) const {
    const auto place = gguf_.metadata().find(prefix_ + key);
    if (place == gguf_.metadata().end()) return std::nullopt;
    // Some writers give one value a layer; the architectures here have the same in all.
    if (const auto* each = std::get_if<std::vector<std::int64_t>>(&place->second)) {
      if (each->empty() || std::any_of(each->begin(), each->end(), [&](auto value) { return value != each->front(); }))
        fail(fmt::format("metadata '{}{}' differs between layers, which is not supported", prefix_, key));
      return each->front();
    }
    return *gguf_.find<std::int64_t>(prefix_ + key);
  }
  [[nodiscard]] std::int64_t integer(const std::string& key) const {
    const auto value = optional_integer(key);
    if (!value) fail(fmt::format("metadata '{}{}' is missing", prefix_, key));
    return *value;
  }
  [[nodiscard]] std::optional<double> optional_number(const std::string& key) const {
    const double* value = gguf_.find<double>(prefix_ + key);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }
  [[nodiscard]] double number(const std::string& key) const {
    const auto value = optional_number(key);
    if (!value) fail(fmt::format("metadata '{}{}' is missing", prefix_, key));
    return *value;
  }
  [[nodiscard]] const std::string* optional_string(const std::string& key) const {
    return gguf_.find<std::string>(prefix_ + key);
  }

 private:
  const std::filesystem::path& file_;
  const GgufFile& gguf_;
  std::string prefix_;
};

std::optional<std::int32_t> token_id(const GgufFile& gguf, const std::string& key, std::int64_t vocabulary) {
  const auto* value = gguf.find<std::int64_t>(key);
  // Writers put -1 or the largest unsigned number where there is no such token.
  if (value == nullptr || *value < 0 || *value >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  // A number outside the vocabulary reaches check_config, which refuses it.
  return static_cast<std::int32_t>(std::min(*value, vocabulary));
}

/// The stated end tokens, and the control tokens whose text says that a text or a turn ends: files of instruction-tuned
/// models name one of them only.
std::vector<std::int32_t> end_tokens(const GgufFile& gguf, std::int64_t vocabulary) {
  constexpr std::string_view ending[] = {
      "<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|end|>",
      "<|EOT|>",       "</s>",       "<|eom_id|>", "<end_of_turn>",   "<｜end▁of▁sentence｜>"};
  constexpr std::int64_t control = 3;  // GGUF's token type
  std::vector<std::int32_t> tokens;
  const auto add = [&](std::int32_t token) {
    if (std::find(tokens.begin(), tokens.end(), token) == tokens.end()) tokens.push_back(token);
  };
  for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"})
    if (const auto token = token_id(gguf, key, vocabulary)) add(*token);
  const auto* texts = gguf.find<std::vector<std::string>>("tokenizer.ggml.tokens");
  const auto* types = gguf.find<std::vector<std::int64_t>>("tokenizer.ggml.token_type");
  if (texts == nullptr || types == nullptr) return tokens;
  for (std::size_t i = 0; i < std::min(texts->size(), types->size()); ++i)
    if ((*types)[i] == control && std::find(std::begin(ending), std::end(ending), (*texts)[i]) != std::end(ending))
      add(static_cast<std::int32_t>(i));
  return tokens;
}

Rotary rotary_of(const std::filesystem::path& file, const GgufFile& gguf, const Keys& keys, const ModelConfig& config) {
  Rotary rotary;
  rotary.interleaved = config.architecture == "llama";
  rotary.theta = keys.optional_number("rope.freq_base").value_or(rotary.theta);
  const std::int64_t rotated = keys.optional_integer("rope.dimension_count").value_or(config.head_dim);
  if (rotated != config.head_dim)
    keys.fail(
        fmt::format("{} of {} values of a head are rotated; only whole heads are supported", rotated, config.head_dim));
  const std::string* type = keys.optional_string("rope.scaling.type");
  if (type != nullptr && *type != "none" && *type != "linear")
    keys.fail(fmt::format("rope scaling {} is not supported; none and linear are", printable(*type)));
  const std::string* none = type != nullptr && *type == "none" ? type : nullptr;
  const auto factor = keys.optional_number("rope.scaling.factor");
  const auto old_factor = keys.optional_number("rope.scale_linear");
  if (none == nullptr && (factor || old_factor)) {
    rotary.factor = factor ? *factor : *old_factor;
    // Writers put 0 for "no scaling".
    if (rotary.factor == 0.0) rotary.factor = 1.0;
    if (rotary.factor != 1.0) rotary.scaling = Rotary::Scaling::linear;
  }
  if (const auto place = gguf.tensors().find("rope_freqs.weight"); place != gguf.tensors().end()) {
    const quant::PackedTensor& tensor = place->second.packed;
    if (tensor.type != quant::Type::f32 || tensor.rows != 1 || tensor.columns != config.head_dim / 2)
      throw CheckpointError(
          file, fmt::format("tensor 'rope_freqs.weight' is {} of {} values, not F32 of {}",
                            quant::info(tensor.type).name, tensor.rows * tensor.columns, config.head_dim / 2));
    rotary.frequency_divisors.resize(static_cast<std::size_t>(tensor.columns));
    std::memcpy(rotary.frequency_divisors.data(), tensor.data.data(), tensor.data.size());
  }
  return rotary;
}

void describe_starcoder(const Keys& keys, ModelConfig& config) {
  config.architecture = "gpt_bigcode";
  config.norm = ModelConfig::Norm::layer;
  config.norm_epsilon = keys.number("attention.layer_norm_epsilon");
  config.activation = ModelConfig::Activation::gelu_tanh;
  config.gated_mlp = false;
  config.fused_query_key_value = true;
  config.multi_query = true;
  if (config.key_value_heads != 1)
    keys.fail(fmt::format("starcoder with {} key/value heads is not supported; 1 is", config.key_value_heads));
}

}  // namespace

ModelConfig gguf_config(const std::filesystem::path& file, const GgufFile& gguf) {
  const auto* architecture = gguf.find<std::string>("general.architecture");
  if (architecture == nullptr) throw CheckpointError(file, "metadata 'general.architecture' is missing");
  if (*architecture != "llama" && *architecture != "qwen2" && *architecture != "starcoder")
    throw CheckpointError(file, fmt::format("architecture {} is not supported; llama, qwen2 and starcoder are",
                                            printable(*architecture)));
  const Keys keys(file, gguf, *architecture);
  if (const auto* parts = gguf.find<std::int64_t>("split.count"); parts != nullptr && *parts > 1)
    keys.fail(fmt::format("this is one of {} parts of a split model; join them to one file first", *parts));
  if (keys.optional_integer("expert_count").value_or(0) != 0) keys.fail("mixtures of experts are not supported");

  ModelConfig config;
  config.architecture = *architecture;
  config.layers = keys.integer("block_count");
  config.hidden_size = keys.integer("embedding_length");
  config.heads = keys.integer("attention.head_count");
  config.key_value_heads = keys.optional_integer("attention.head_count_kv").value_or(config.heads);
  config.intermediate_size = keys.integer("feed_forward_length");
  config.context_length = keys.integer("context_length");
  if (config.heads < 1) keys.fail(fmt::format("the number of attention heads is {}", config.heads));
  const auto key_length = keys.optional_integer("attention.key_length");
  if (!key_length && config.hidden_size % config.heads != 0)
    keys.fail(fmt::format("a hidden size of {} is no multiple of {} heads", config.hidden_size, config.heads));
  config.head_dim = key_length.value_or(config.hidden_size / config.heads);
  if (keys.optional_integer("attention.value_length").value_or(config.head_dim) != config.head_dim)
    keys.fail("keys and values of different sizes are not supported");
  const auto embedding = gguf.tensors().find("token_embd.weight");
  if (embedding == gguf.tensors().end()) keys.fail("tensor 'token_embd.weight' is missing");
  config.vocabulary = embedding->second.packed.rows;
  config.tied_embeddings = !gguf.tensors().contains("output.weight");
  if (*architecture == "starcoder") {
    describe_starcoder(keys, config);
  } else {
    config.norm_epsilon = keys.number("attention.layer_norm_rms_epsilon");
    config.rotary = rotary_of(file, gguf, keys, config);
  }
  config.end_tokens = end_tokens(gguf, config.vocabulary);
  config.begin_token = token_id(gguf, "tokenizer.ggml.bos_token_id", config.vocabulary);
  check_config(file, config);
  return config;
}

}  // namespace qualm::generators::local
