#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <numeric>

#include "generators/local/checkpoint/checkpoint.h"
#include "generators/local/checkpoint/tensor_naming.h"
#include "quant/linear.h"
#include "tests/datasets/temporary_folder.h"
#include "tests/generators/local/checkpoint/gguf_bytes.h"

using namespace qualm::generators::local;
using qualm::datasets::bytes_of;
using qualm::datasets::TemporaryFolder;

namespace {

const std::filesystem::path golden = std::filesystem::path(QUALM_SOURCE_DIR) / "tests/golden/models";

/// The tensors that a model of this configuration must have, with their shapes.
std::map<std::string, std::pair<std::int64_t, std::int64_t>> wanted(const ModelConfig& config) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> shapes;
  const std::int64_t hidden = config.hidden_size;
  const std::int64_t queries = config.heads * config.head_dim;
  const std::int64_t keys = config.key_value_heads * config.head_dim;
  shapes["embedding.weight"] = {config.vocabulary, hidden};
  if (!config.tied_embeddings) shapes["output.weight"] = {config.vocabulary, hidden};
  if (!config.rotary) shapes["position_embedding.weight"] = {config.context_length, hidden};
  shapes["output_norm.weight"] = {1, hidden};
  for (std::int64_t n = 0; n < config.layers; ++n) {
    const std::string layer = "layers." + std::to_string(n) + ".";
    shapes[layer + "attention_norm.weight"] = shapes[layer + "mlp_norm.weight"] = {1, hidden};
    if (config.fused_query_key_value) {
      shapes[layer + "attention.query_key_value.weight"] = {queries + 2 * keys, hidden};
    } else {
      shapes[layer + "attention.query.weight"] = {queries, hidden};
      shapes[layer + "attention.key.weight"] = shapes[layer + "attention.value.weight"] = {keys, hidden};
    }
    shapes[layer + "attention.output.weight"] = {hidden, queries};
    if (config.gated_mlp) shapes[layer + "mlp.gate.weight"] = {config.intermediate_size, hidden};
    shapes[layer + "mlp.up.weight"] = {config.intermediate_size, hidden};
    shapes[layer + "mlp.down.weight"] = {hidden, config.intermediate_size};
  }
  return shapes;
}

/// Copies a golden model's folder, to be damaged.
std::filesystem::path copy_of(const TemporaryFolder& folder, const std::string& model) {
  std::filesystem::copy(golden / model, folder.path(model), std::filesystem::copy_options::recursive);
  return folder.path(model);
}

}  // namespace

TEST_CASE("each golden model has all the tensors of its architecture, in their shapes") {
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    if (entry.path().extension() == ".json") continue;
    INFO(entry.path());
    const auto checkpoint = open_checkpoint(entry.path());
    for (const auto& [name, shape] : wanted(checkpoint->config())) {
      INFO(name);
      const auto* tensor = checkpoint->find(name);
      REQUIRE(tensor != nullptr);
      REQUIRE(std::pair(tensor->rows, tensor->columns) == shape);
    }
    ++models;
  }
  REQUIRE(models >= 20);
}

TEST_CASE("GGUF says how its files differ from Hugging Face's") {
  REQUIRE(open_checkpoint(golden / "llama-f32.gguf")->config().rotary->interleaved);
  REQUIRE_FALSE(open_checkpoint(golden / "qwen2-q8_0.gguf")->config().rotary->interleaved);
  REQUIRE_FALSE(open_checkpoint(golden / "hf-llama-llama3")->config().rotary->interleaved);
  REQUIRE(open_checkpoint(golden / "llama-bf16-llama3.gguf")->config().rotary->frequency_divisors.size() == 8);
  REQUIRE(open_checkpoint(golden / "llama-f16-linear.gguf")->config().rotary->factor == 4.0);
  REQUIRE(open_checkpoint(golden / "llama-q4_1.gguf")->config().tied_embeddings);
  REQUIRE(open_checkpoint(golden / "starcoder-q8_0.gguf")->config().architecture == "gpt_bigcode");
  // The stated end token, and the control token that ends a text.
  REQUIRE(open_checkpoint(golden / "qwen2-q8_0.gguf")->config().end_tokens == std::vector<std::int32_t>{286, 284});
}

TEST_CASE("an index that lies is refused") {
  using Catch::Contains;
  const TemporaryFolder folder;
  const auto model = copy_of(folder, "hf-llama-sharded");
  const auto index = model / "model.safetensors.index.json";
  const auto say = [&](const std::string& text) { std::ofstream(index) << text; };
  say(R"({"weight_map": {"lm_head.weight": "../elsewhere.safetensors"}})");
  REQUIRE_THROWS_WITH(open_checkpoint(model), Contains("not a file name"));
  say(R"({"weight_map": {"lm_head.weight": "absent.safetensors"}})");
  REQUIRE_THROWS_WITH(open_checkpoint(model), Contains("absent.safetensors") && Contains("cannot be opened"));
  say(R"({"weight_map": {"no.such.tensor": "model-00001-of-00003.safetensors"}})");
  REQUIRE_THROWS_WITH(open_checkpoint(model), Contains("'no.such.tensor'"));
  say(R"({"weight_map": {}})");
  REQUIRE_THROWS_WITH(open_checkpoint(model), Contains("empty"));
  std::filesystem::remove(index);
  REQUIRE_THROWS_WITH(open_checkpoint(model), Contains("3 weight files but no model.safetensors.index.json"));
}

TEST_CASE("paths that are no model are refused") {
  using Catch::Contains;
  const TemporaryFolder folder;
  REQUIRE_THROWS_WITH(open_checkpoint(folder.path("absent")), Contains("no such file"));
  REQUIRE_THROWS_WITH(open_checkpoint(folder.path("")), Contains("neither a config.json nor a .gguf"));
  REQUIRE_THROWS_WITH(open_checkpoint(folder.put("m.safetensors", "x")), Contains("give the folder"));
  std::filesystem::copy_file(golden / "llama-q4_0.gguf", folder.path("a.gguf"));
  REQUIRE(open_checkpoint(folder.path(""))->format() == "gguf");
  std::filesystem::copy_file(golden / "llama-q4_0.gguf", folder.path("b.gguf"));
  REQUIRE_THROWS_WITH(open_checkpoint(folder.path("")), Contains("2 .gguf files"));
}

TEST_CASE("a GGUF of another architecture or with keys missing is refused before its tensors are used") {
  using Catch::Contains;
  const TemporaryFolder folder;
  const auto open = [&](const GgufBytes& file) { (void)open_checkpoint(folder.put("m.gguf", file.bytes())); };
  REQUIRE_THROWS_WITH(open(GgufBytes().header(0, 0)), Contains("'general.architecture' is missing"));
  REQUIRE_THROWS_WITH(open(GgufBytes().header(0, 1).entry("general.architecture", "mamba")),
                      Contains("architecture 'mamba'"));
  REQUIRE_THROWS_WITH(open(GgufBytes().header(0, 1).entry("general.architecture", "llama")),
                      Contains("'llama.block_count' is missing"));
  REQUIRE_THROWS_WITH(open(GgufBytes().header(0, 2).entry("general.architecture", "llama").entry("split.count", 3U)),
                      Contains("split"));
}

TEST_CASE("tensors are named by the house, and unknown ones are refused") {
  const std::filesystem::path file = "F";
  REQUIRE(house_name(file, gguf_naming(), "blk.3.attn_q.bias", 4) == "layers.3.attention.query.bias");
  REQUIRE(house_name(file, hf_llama_naming(), "model.layers.0.mlp.gate_proj.weight", 4) == "layers.0.mlp.gate.weight");
  REQUIRE(house_name(file, hf_gpt_bigcode_naming(), "transformer.h.1.attn.c_attn.weight", 4) ==
          "layers.1.attention.query_key_value.weight");
  REQUIRE(house_name(file, hf_llama_naming(), "model.layers.0.self_attn.rotary_emb.inv_freq", 4) == std::nullopt);
  REQUIRE(house_name(file, hf_gpt_bigcode_naming(), "transformer.h.0.attn.bias", 4) == std::nullopt);
  for (const char* name : {"blk.4.attn_q.weight", "blk.-1.attn_q.weight", "blk.99999999999999999999.attn_q.weight",
                           "blk..attn_q.weight", "blk.0.attn_q_norm.weight", "blk.0.weight", "output", "", "weight"})
    REQUIRE_THROWS_AS(house_name(file, gguf_naming(), name, 4), CheckpointError);
}
