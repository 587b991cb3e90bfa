#include "generators/local/architecture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <utility>

#include "generators/local/checkpoint/error.h"
#include "generators/local/checkpoint/tensor_name.h"
#include "generators/local/rotary.h"
#include "generators/local/weights.h"

namespace qualm::generators::local {
namespace {

constexpr std::array<std::string_view, 3> kArchitectures{"llama", "qwen2", "gpt_bigcode"};

[[noreturn]] void refuse(const Checkpoint& checkpoint, const std::string& reason) {
  const auto files = checkpoint.files();
  throw CheckpointError(files.empty() ? std::filesystem::path("model") : files.front(), reason);
}

void check(const Checkpoint& checkpoint) {
  const ModelConfig& config = checkpoint.config();
  if (std::find(kArchitectures.begin(), kArchitectures.end(), config.architecture) == kArchitectures.end())
    refuse(checkpoint, fmt::format("architecture '{}' is not supported; supported are {}", config.architecture,
                                   fmt::join(kArchitectures, ", ")));
  if (config.layers < 1 || config.hidden_size < 1 || config.heads < 1 || config.key_value_heads < 1 ||
      config.head_dim < 1 || config.intermediate_size < 1 || config.vocabulary < 1 || config.context_length < 1)
    refuse(checkpoint, "the configuration has a size below 1");
  if (config.heads % config.key_value_heads != 0)
    refuse(checkpoint, fmt::format("{} heads cannot share {} key/value heads", config.heads, config.key_value_heads));
  if (config.rotary && config.head_dim % 2 != 0)
    refuse(checkpoint, fmt::format("rotary embedding needs an even head size, this is {}", config.head_dim));
}

std::vector<std::int64_t> range(std::int64_t begin, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), begin);
  return indices;
}

}  // namespace

Architecture::Architecture(const Checkpoint& checkpoint, Operations& operations)
    : config_(checkpoint.config()), operations_(operations) {
  check(checkpoint);
  attention_ = {.heads = config_.heads, .key_value_heads = config_.key_value_heads, .head_dim = config_.head_dim};
  embedding_ = matrix_of(checkpoint, "embedding", config_.vocabulary, config_.hidden_size);
  if (config_.rotary)
    load_rotary();
  else
    position_embedding_ = matrix_of(checkpoint, "position_embedding", config_.context_length, config_.hidden_size);
  for (std::int64_t layer = 0; layer < config_.layers; ++layer) load_layer(checkpoint, layer);
  output_norm_ = load_norm(checkpoint, "output_norm");
  const bool is_tied = config_.tied_embeddings || checkpoint.find("output.weight") == nullptr;
  Weights output = is_tied ? Weights{.matrix = embedding_, .bias = {}}
                           : weights_of(checkpoint, "output", config_.vocabulary, config_.hidden_size);
  output_ = operations_.load_matrix(output.matrix, std::move(output.bias));
}

void Architecture::load_rotary() {
  const RotaryAngles angles = rotary_angles(*config_.rotary, config_.head_dim, config_.context_length);
  rotary_ = {.cosines = operations_.load_vector(angles.cosines),
             .sines = operations_.load_vector(angles.sines),
             .rotated_dim = config_.head_dim,
             .interleaved = config_.rotary->interleaved};
}

Architecture::Norm Architecture::load_norm(const Checkpoint& checkpoint, const std::string& name) {
  const bool is_layer_norm = config_.norm == ModelConfig::Norm::layer;
  Norm norm{.weight = operations_.load_vector(vector_of(checkpoint, name + ".weight", config_.hidden_size, true)),
            .bias = nullptr};
  if (is_layer_norm)
    norm.bias = operations_.load_vector(vector_of(checkpoint, name + ".bias", config_.hidden_size, true));
  return norm;
}

void Architecture::load_layer(const Checkpoint& checkpoint, std::int64_t index) {
  const auto load = [&](const char* part, std::int64_t outputs, std::int64_t inputs) {
    Weights weights = weights_of(checkpoint, layer_tensor(index, part), outputs, inputs);
    return operations_.load_matrix(weights.matrix, std::move(weights.bias));
  };
  const std::int64_t query_size = config_.heads * config_.head_dim;
  const std::int64_t key_value_size = config_.key_value_heads * config_.head_dim;
  Layer layer;
  layer.attention_norm = load_norm(checkpoint, layer_tensor(index, "attention_norm"));
  if (config_.fused_query_key_value) {
    load_fused(checkpoint, index, layer);
  } else {
    layer.query = load("attention.query", query_size, config_.hidden_size);
    layer.key = load("attention.key", key_value_size, config_.hidden_size);
    layer.value = load("attention.value", key_value_size, config_.hidden_size);
  }
  layer.output = load("attention.output", config_.hidden_size, query_size);
  layer.mlp_norm = load_norm(checkpoint, layer_tensor(index, "mlp_norm"));
  if (config_.gated_mlp) layer.gate = load("mlp.gate", config_.intermediate_size, config_.hidden_size);
  layer.up = load("mlp.up", config_.intermediate_size, config_.hidden_size);
  layer.down = load("mlp.down", config_.hidden_size, config_.intermediate_size);
  layers_.push_back(std::move(layer));
}

// A fused matrix is split into its rows on loading, so that the forward pass knows only separate ones.
void Architecture::load_fused(const Checkpoint& checkpoint, std::int64_t index, Layer& layer) {
  const std::int64_t size = config_.head_dim;
  const std::int64_t query_size = config_.heads * size;
  const std::int64_t key_value_size = config_.key_value_heads * size;
  const Weights fused = weights_of(checkpoint, layer_tensor(index, "attention.query_key_value"),
                                   query_size + 2 * key_value_size, config_.hidden_size);
  std::vector<std::int64_t> query, key, value;
  if (config_.multi_query) {
    query = range(0, query_size);
    key = range(query_size, key_value_size);
    value = range(query_size + key_value_size, key_value_size);
  } else {
    for (std::int64_t head = 0; head < config_.heads; ++head) {
      for (std::int64_t d = 0; d < size; ++d) {
        query.push_back(3 * head * size + d);
        key.push_back((3 * head + 1) * size + d);
        value.push_back((3 * head + 2) * size + d);
      }
    }
  }
  const auto load = [&](const std::vector<std::int64_t>& rows) {
    Weights weights = rows_of(fused, rows);
    return operations_.load_matrix(weights.matrix, std::move(weights.bias));
  };
  layer.query = load(query);
  layer.key = load(key);
  layer.value = load(value);
}

void Architecture::reserve(std::int64_t rows) {
  if (rows <= reserved_rows_) return;
  const std::int64_t query_size = config_.heads * config_.head_dim;
  const std::int64_t key_value_size = config_.key_value_heads * config_.head_dim;
  for (auto [buffer, size] : {std::pair{&hidden_, config_.hidden_size},
                              {&normed_, config_.hidden_size},
                              {&query_, query_size},
                              {&attended_, query_size},
                              {&key_, key_value_size},
                              {&value_, key_value_size},
                              {&gate_, config_.intermediate_size},
                              {&up_, config_.intermediate_size}})
    *buffer = operations_.allocate(rows * size);
  reserved_rows_ = rows;
}

void Architecture::normalize(const float* x, std::int64_t rows, const Norm& norm, float* y) {
  operations_.norm(x, rows, config_.hidden_size, norm.weight, norm.bias, config_.norm_epsilon, y);
}

void Architecture::attention(const Batch& batch, const Layer& layer, std::int64_t index) {
  const std::int64_t rows = batch.rows();
  operations_.linear(*layer.query, normed_.get(), rows, query_.get());
  operations_.linear(*layer.key, normed_.get(), rows, key_.get());
  operations_.linear(*layer.value, normed_.get(), rows, value_.get());
  if (config_.rotary) {
    operations_.rotate(query_.get(), config_.heads, config_.head_dim, batch, rotary_);
    operations_.rotate(key_.get(), config_.key_value_heads, config_.head_dim, batch, rotary_);
  }
  operations_.store(key_.get(), value_.get(), batch, attention_, index);
  operations_.attend(query_.get(), batch, attention_, index, attended_.get());
  operations_.linear(*layer.output, attended_.get(), rows, normed_.get());
}

void Architecture::mlp(std::int64_t rows, const Layer& layer) {
  const std::int64_t size = config_.intermediate_size;
  operations_.linear(*layer.up, normed_.get(), rows, up_.get());
  if (layer.gate) {
    operations_.linear(*layer.gate, normed_.get(), rows, gate_.get());
    operations_.activate(gate_.get(), rows, size, config_.activation);
    operations_.multiply(up_.get(), gate_.get(), rows, size);
  } else {
    operations_.activate(up_.get(), rows, size, config_.activation);
  }
  operations_.linear(*layer.down, up_.get(), rows, normed_.get());
}

void Architecture::forward(const Batch& batch, std::vector<float>& logits) {
  const std::int64_t rows = batch.rows();
  const std::int64_t size = config_.hidden_size;
  reserve(rows);
  operations_.begin(batch);
  operations_.embed(embedding_, batch.tokens, hidden_.get());
  if (!config_.rotary) {
    const std::vector<std::int32_t> positions(batch.positions.begin(), batch.positions.end());
    operations_.embed(position_embedding_, positions, normed_.get());
    operations_.add(hidden_.get(), normed_.get(), rows, size);
  }
  for (std::int64_t index = 0; index < config_.layers; ++index) {
    const Layer& layer = layers_[static_cast<std::size_t>(index)];
    normalize(hidden_.get(), rows, layer.attention_norm, normed_.get());
    attention(batch, layer, index);
    operations_.add(hidden_.get(), normed_.get(), rows, size);
    normalize(hidden_.get(), rows, layer.mlp_norm, normed_.get());
    mlp(rows, layer);
    operations_.add(hidden_.get(), normed_.get(), rows, size);
  }
  const auto wanted = static_cast<std::int64_t>(batch.wanted.size());
  logits.resize(static_cast<std::size_t>(wanted * config_.vocabulary));
  if (wanted == 0) return;
  // Wanted rows are ascending, so that each moves to a place at or before its own.
  for (std::int64_t i = 0; i < wanted; ++i)
    if (const std::int64_t row = batch.wanted[static_cast<std::size_t>(i)]; row != i)
      operations_.copy(hidden_.get() + row * size, size, hidden_.get() + i * size);
  if (wanted > reserved_logits_) {
    logits_ = operations_.allocate(wanted * config_.vocabulary);
    reserved_logits_ = wanted;
  }
  normalize(hidden_.get(), wanted, output_norm_, normed_.get());
  operations_.linear(*output_, normed_.get(), wanted, logits_.get());
  operations_.copy_to_host(logits_.get(), logits);
}

}  // namespace qualm::generators::local
