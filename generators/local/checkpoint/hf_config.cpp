#include "generators/local/checkpoint/hf_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <system_error>

#include "generators/local/checkpoint/config_check.h"
#include "generators/local/checkpoint/json_fields.h"
#include "generators/local/checkpoint/printable.h"

namespace qualm::generators::local {
namespace {

ModelConfig::Activation activation(const JsonFields& fields, const char* field, std::string_view usual) {
  const std::string name = fields.optional_string(field).value_or(std::string(usual));
  if (name == "silu" || name == "swish") return ModelConfig::Activation::silu;
  if (name == "gelu") return ModelConfig::Activation::gelu_erf;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast")
    return ModelConfig::Activation::gelu_tanh;
  fields.fail(fmt::format("activation {} is not supported", printable(name)));
}

void read_scaling(const JsonFields& scaling, Rotary& rotary) {
  const auto type = scaling.optional_string("rope_type");
  const std::string name = type ? *type : scaling.optional_string("type").value_or("default");
  if (name == "default") return;
  if (name == "linear") {
    rotary.scaling = Rotary::Scaling::linear;
    rotary.factor = scaling.number("factor");
  } else if (name == "llama3") {
    rotary.scaling = Rotary::Scaling::llama3;
    rotary.factor = scaling.number("factor");
    rotary.low_frequency_factor = scaling.number("low_freq_factor");
    rotary.high_frequency_factor = scaling.number("high_freq_factor");
    rotary.original_context = scaling.number("original_max_position_embeddings");
  } else {
    scaling.fail(fmt::format("rope scaling {} is not supported; default, linear and llama3 are", printable(name)));
  }
}

/// transformers 5 writes all into rope_parameters; before, there were rope_theta and rope_scaling.
Rotary read_rotary(const JsonFields& fields) {
  Rotary rotary;
  rotary.theta = fields.optional_number("rope_theta").value_or(rotary.theta);
  double rotated = fields.optional_number("partial_rotary_factor").value_or(1.0);
  if (const auto parameters = fields.optional_object("rope_parameters")) {
    if (parameters->has("full_attention") || parameters->has("sliding_attention"))
      parameters->fail("rotations that differ between layers are not supported");
    rotary.theta = parameters->optional_number("rope_theta").value_or(rotary.theta);
    rotated = parameters->optional_number("partial_rotary_factor").value_or(rotated);
    read_scaling(*parameters, rotary);
  } else if (const auto scaling = fields.optional_object("rope_scaling")) {
    read_scaling(*scaling, rotary);
  }
  if (rotated != 1.0) fields.fail("only whole heads can be rotated: partial_rotary_factor is not 1");
  return rotary;
}

void refuse_sliding_window(const JsonFields& fields) {
  // Layers that see the last tokens only. Written even where unused: use_sliding_window decides.
  if (fields.optional_boolean("use_sliding_window").value_or(false))
    fields.fail("attention in a sliding window is not supported");
  if (const datasets::Json* types = fields.find("layer_types"); types != nullptr && types->is_array())
    for (const datasets::Json& type : *types)
      if (type != "full_attention") fields.fail("layers with other than full attention are not supported");
}

/// llama and qwen2.
void describe_llama(const JsonFields& fields, ModelConfig& config) {
  config.layers = fields.integer("num_hidden_layers");
  config.hidden_size = fields.integer("hidden_size");
  config.heads = fields.integer("num_attention_heads");
  config.key_value_heads = fields.optional_integer("num_key_value_heads").value_or(config.heads);
  config.intermediate_size = fields.integer("intermediate_size");
  config.context_length = fields.integer("max_position_embeddings");
  config.norm_epsilon = fields.optional_number("rms_norm_eps").value_or(1e-6);
  config.activation = activation(fields, "hidden_act", "silu");
  config.tied_embeddings = fields.optional_boolean("tie_word_embeddings").value_or(false);
  config.rotary = read_rotary(fields);
  refuse_sliding_window(fields);
  if (const auto head_dim = fields.optional_integer("head_dim")) {
    config.head_dim = *head_dim;
  } else {
    if (config.heads < 1 || config.hidden_size % config.heads != 0)
      fields.fail(fmt::format("a hidden size of {} is no multiple of {} heads", config.hidden_size, config.heads));
    config.head_dim = config.hidden_size / config.heads;
  }
}

void describe_gpt_bigcode(const JsonFields& fields, ModelConfig& config) {
  config.layers = fields.integer("n_layer");
  config.hidden_size = fields.integer("n_embd");
  config.heads = fields.integer("n_head");
  config.multi_query = fields.optional_boolean("multi_query").value_or(true);
  config.fused_query_key_value = true;
  config.key_value_heads = config.multi_query ? 1 : config.heads;
  config.context_length = fields.integer("n_positions");
  config.norm = ModelConfig::Norm::layer;
  config.norm_epsilon = fields.optional_number("layer_norm_epsilon").value_or(1e-5);
  config.activation = activation(fields, "activation_function", "gelu_pytorch_tanh");
  config.gated_mlp = false;
  // transformers ties them unless told not to; these files do not say it.
  config.tied_embeddings = fields.optional_boolean("tie_word_embeddings").value_or(true);
  if (!fields.optional_boolean("scale_attn_weights").value_or(true))
    fields.fail("attention without a scale is not supported");
  if (config.heads < 1 || config.hidden_size < 1 || config.hidden_size % config.heads != 0)
    fields.fail(fmt::format("a hidden size of {} is no multiple of {} heads", config.hidden_size, config.heads));
  config.head_dim = config.hidden_size / config.heads;
  const auto inner = fields.optional_integer("n_inner");
  if (!inner && config.hidden_size > std::numeric_limits<std::int64_t>::max() / 4) fields.fail("'n_embd' is absurd");
  config.intermediate_size = inner ? *inner : 4 * config.hidden_size;
}

void add_end_tokens(const JsonFields& fields, ModelConfig& config) {
  for (const std::int64_t token : fields.one_or_more_integers("eos_token_id")) {
    if (token < 0 || token >= config.vocabulary)
      fields.fail(fmt::format("end token {} is outside the vocabulary of {}", token, config.vocabulary));
    const auto id = static_cast<std::int32_t>(token);
    if (std::find(config.end_tokens.begin(), config.end_tokens.end(), id) == config.end_tokens.end())
      config.end_tokens.push_back(id);
  }
}

}  // namespace

ModelConfig hf_config(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "config.json";
  const datasets::Json document = read_checkpoint_json(file);
  const JsonFields fields(file, document, "");
  ModelConfig config;
  config.architecture = fields.string("model_type");
  if (fields.has("quantization_config")) {
    const auto quantization = fields.optional_object("quantization_config");
    fields.fail(fmt::format("weights quantized by method {} are not supported",
                            printable(quantization->optional_string("quant_method").value_or("unknown"))));
  }
  config.vocabulary = fields.integer("vocab_size");
  if (config.architecture == "llama" || config.architecture == "qwen2") {
    describe_llama(fields, config);
  } else if (config.architecture == "gpt_bigcode") {
    describe_gpt_bigcode(fields, config);
  } else {
    fields.fail(fmt::format("model type {} is not supported; llama, qwen2 and gpt_bigcode are",
                            printable(config.architecture)));
  }
  check_config(file, config);
  add_end_tokens(fields, config);
  if (const auto begin = fields.optional_integer("bos_token_id")) {
    if (*begin < 0 || *begin >= config.vocabulary)
      fields.fail(fmt::format("begin token {} is outside the vocabulary of {}", *begin, config.vocabulary));
    config.begin_token = static_cast<std::int32_t>(*begin);
  }
  const std::filesystem::path generation = folder / "generation_config.json";
  std::error_code error;
  if (std::filesystem::exists(generation, error)) {
    const datasets::Json settings = read_checkpoint_json(generation);
    add_end_tokens(JsonFields(generation, settings, ""), config);
  }
  return config;
}

}  // namespace qualm::generators::local
