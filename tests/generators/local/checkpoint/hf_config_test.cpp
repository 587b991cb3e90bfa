#include "generators/local/checkpoint/hf_config.h"

#include <catch2/catch.hpp>

#include "datasets/json_document.h"
#include "generators/local/checkpoint/error.h"
#include "tests/datasets/temporary_folder.h"

using namespace qualm::generators::local;
using qualm::datasets::Json;
using qualm::datasets::TemporaryFolder;

namespace {

Json llama() {
  return {{"model_type", "llama"},    {"hidden_size", 64}, {"intermediate_size", 128},      {"num_hidden_layers", 2},
          {"num_attention_heads", 4}, {"vocab_size", 100}, {"max_position_embeddings", 256}};
}

Json bigcode() {
  return {{"model_type", "gpt_bigcode"}, {"n_embd", 64},     {"n_layer", 2}, {"n_head", 4},
          {"n_positions", 128},          {"vocab_size", 100}};
}

ModelConfig read(Json config, const Json& changes = Json::object(), const Json& generation = Json()) {
  config.update(changes);
  const TemporaryFolder folder;
  (void)folder.put("config.json", config.dump());
  if (!generation.is_null()) (void)folder.put("generation_config.json", generation.dump());
  return hf_config(folder.path(""));
}

}  // namespace

TEST_CASE("absent fields have transformers' defaults") {
  const ModelConfig config = read(llama());
  REQUIRE(config.key_value_heads == 4);
  REQUIRE(config.head_dim == 16);
  REQUIRE(config.norm_epsilon == 1e-6);
  REQUIRE_FALSE(config.tied_embeddings);
  REQUIRE(config.activation == ModelConfig::Activation::silu);
  REQUIRE(config.rotary->theta == 10'000.0);
  REQUIRE_FALSE(config.rotary->interleaved);
  REQUIRE(config.end_tokens.empty());
}

TEST_CASE("gpt_bigcode ties its embeddings without saying so") {
  const ModelConfig config = read(bigcode());
  REQUIRE(config.tied_embeddings);
  REQUIRE(config.multi_query);
  REQUIRE(config.key_value_heads == 1);
  REQUIRE(config.intermediate_size == 256);
  REQUIRE(config.activation == ModelConfig::Activation::gelu_tanh);
  REQUIRE_FALSE(config.rotary);
  REQUIRE_FALSE(read(bigcode(), {{"tie_word_embeddings", false}}).tied_embeddings);
  REQUIRE(read(bigcode(), {{"multi_query", false}}).key_value_heads == 4);
  REQUIRE(read(bigcode(), {{"activation_function", "gelu"}}).activation == ModelConfig::Activation::gelu_erf);
}

TEST_CASE("rotations are read in the old and the new way of saying them") {
  const Json old_linear = {{"rope_theta", 100000}, {"rope_scaling", {{"type", "linear"}, {"factor", 4.0}}}};
  const Json new_linear = {{"rope_parameters", {{"rope_type", "linear"}, {"rope_theta", 100000.0}, {"factor", 4}}}};
  for (const Json& changes : {old_linear, new_linear}) {
    const Rotary rotary = *read(llama(), changes).rotary;
    REQUIRE(rotary.scaling == Rotary::Scaling::linear);
    REQUIRE(rotary.theta == 100'000.0);
    REQUIRE(rotary.factor == 4.0);
  }
  const Json llama3 = {{"rope_type", "llama3"},
                       {"factor", 8.0},
                       {"low_freq_factor", 1.0},
                       {"high_freq_factor", 4.0},
                       {"original_max_position_embeddings", 64}};
  const Rotary rotary = *read(llama(), {{"rope_scaling", llama3}}).rotary;
  REQUIRE(rotary.scaling == Rotary::Scaling::llama3);
  REQUIRE(rotary.original_context == 64.0);
  REQUIRE(read(llama(), {{"rope_scaling", nullptr}}).rotary->scaling == Rotary::Scaling::none);
}

TEST_CASE("end tokens of both files are united") {
  const ModelConfig config = read(llama(), {{"eos_token_id", 2}, {"bos_token_id", 1}}, {{"eos_token_id", {5, 2}}});
  REQUIRE(config.end_tokens == std::vector<std::int32_t>{2, 5});
  REQUIRE(config.begin_token == 1);
}

TEST_CASE("features that would change what is computed are refused by name") {
  using Catch::Contains;
  const std::vector<std::pair<Json, std::string>> cases = {
      {{{"model_type", "mamba"}}, "model type 'mamba'"},
      {{{"quantization_config", {{"quant_method", "gptq"}}}}, "'gptq'"},
      {{{"rope_scaling", {{"type", "yarn"}, {"factor", 4.0}}}}, "'yarn'"},
      {{{"rope_scaling", {{"type", "linear"}}}}, "'factor' is missing"},
      {{{"rope_scaling", {{"type", "linear"}, {"factor", -1.0}}}}, "rope scaling factor"},
      {{{"partial_rotary_factor", 0.5}}, "partial_rotary_factor"},
      {{{"use_sliding_window", true}}, "sliding window"},
      {{{"layer_types", {"full_attention", "sliding_attention"}}}, "full attention"},
      {{{"hidden_act", "relu"}}, "'relu'"},
      {{{"num_attention_heads", 0}}, "0 heads"},
      {{{"num_attention_heads", 5}}, "multiple"},
      {{{"num_key_value_heads", 3}}, "key/value heads"},
      {{{"num_hidden_layers", 1'000'000'000}}, "layers"},
      {{{"hidden_size", "64"}}, "'hidden_size' is not an integer"},
      {{{"hidden_size", 18446744073709551615ULL}}, "'hidden_size' is too large"},
      {{{"vocab_size", -1}}, "vocabulary"},
      {{{"rms_norm_eps", 0.0}}, "epsilon"},
      {{{"eos_token_id", 100}}, "end token 100"},
      {{{"eos_token_id", -3}}, "end token -3"},
      {{{"bos_token_id", 4294967297LL}}, "begin token"},
      {{{"head_dim", 15}}, "odd"}};
  for (const auto& [changes, reason] : cases) REQUIRE_THROWS_WITH(read(llama(), changes), Contains(reason));
  Json without = llama();
  without.erase("hidden_size");
  REQUIRE_THROWS_WITH(read(without), Contains("config.json") && Contains("'hidden_size' is missing"));
}
