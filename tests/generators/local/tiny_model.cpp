#include "tests/generators/local/tiny_model.h"

#include <cstring>
#include <utility>

#include "generators/local/checkpoint/tensor_name.h"

namespace qualm::generators::local {

TinyCheckpoint::TinyCheckpoint(const std::string& architecture) {
  const bool is_bigcode = architecture == "gpt_bigcode";
  config_.architecture = architecture;
  config_.layers = 2;
  config_.hidden_size = 96;
  config_.heads = 6;
  config_.key_value_heads = is_bigcode ? 1 : 2;
  config_.head_dim = is_bigcode ? 16 : 20;
  config_.intermediate_size = 160;
  config_.vocabulary = 130;
  config_.context_length = 160;
  if (is_bigcode) {
    config_.norm = ModelConfig::Norm::layer;
    config_.activation = ModelConfig::Activation::gelu_tanh;
    config_.gated_mlp = false;
    config_.fused_query_key_value = true;
    config_.multi_query = true;
  } else {
    config_.rotary = Rotary{};
    config_.rotary->interleaved = architecture == "llama";
  }
  const std::int64_t hidden = config_.hidden_size;
  const std::int64_t queries = config_.heads * config_.head_dim;
  const std::int64_t keys = config_.key_value_heads * config_.head_dim;
  const bool has_bias = architecture != "llama";
  const auto norm = [&](const std::string& name) {
    add(name + ".weight", 1, hidden, 0.5F, 1.0F);
    if (is_bigcode) add(name + ".bias", 1, hidden, 0.2F);
  };
  const auto matrix = [&](const std::string& name, std::int64_t rows, std::int64_t columns, bool bias) {
    add(name + ".weight", rows, columns, 0.25F);
    if (bias) add(name + ".bias", 1, rows, 0.3F);
  };
  add("embedding.weight", config_.vocabulary, hidden, 0.6F);
  if (is_bigcode)
    add("position_embedding.weight", config_.context_length, hidden, 0.3F);
  else
    add("output.weight", config_.vocabulary, hidden, 0.3F);
  norm("output_norm");
  for (std::int64_t layer = 0; layer < config_.layers; ++layer) {
    const auto name = [&](const char* part) { return layer_tensor(layer, part); };
    norm(name("attention_norm"));
    norm(name("mlp_norm"));
    if (is_bigcode) {
      matrix(name("attention.query_key_value"), queries + 2 * keys, hidden, true);
    } else {
      matrix(name("attention.query"), queries, hidden, has_bias);
      matrix(name("attention.key"), keys, hidden, has_bias);
      matrix(name("attention.value"), keys, hidden, has_bias);
      matrix(name("mlp.gate"), config_.intermediate_size, hidden, false);
    }
    matrix(name("attention.output"), hidden, queries, is_bigcode);
    matrix(name("mlp.up"), config_.intermediate_size, hidden, is_bigcode);
    matrix(name("mlp.down"), hidden, config_.intermediate_size, is_bigcode);
  }
}

void TinyCheckpoint::add(const std::string& name, std::int64_t rows, std::int64_t columns, float scale, float offset) {
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  for (float& value : values) {
    next_ = next_ * 1664525U + 1013904223U;
    value = offset + scale * (static_cast<float>(next_ >> 8) / 8388608.0F - 1.0F);
  }
  set(name, rows, columns, std::move(values));
}

void TinyCheckpoint::set(const std::string& name, std::int64_t rows, std::int64_t columns, std::vector<float> values) {
  const auto owner = std::make_shared<std::vector<float>>(std::move(values));
  tensors_[name] = {.type = quant::Type::f32,
                    .rows = rows,
                    .columns = columns,
                    .data = std::as_bytes(std::span<const float>(*owner)),
                    .owner = owner};
}

const quant::PackedTensor* TinyCheckpoint::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::vector<std::string> TinyCheckpoint::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

std::vector<TokenId> LetterTokenizer::encode(std::string_view text, bool /*add_special*/) const {
  std::vector<TokenId> ids;
  for (const char c : text)
    ids.push_back((c * 31 + static_cast<TokenId>(ids.size()) * 7) % static_cast<TokenId>(vocabulary_));
  return ids;
}

std::string LetterTokenizer::decode(std::span<const TokenId> ids, bool /*skip_special*/) const {
  std::string text;
  for (const TokenId id : ids) text += bytes_of(id);
  return text;
}

}  // namespace qualm::generators::local
