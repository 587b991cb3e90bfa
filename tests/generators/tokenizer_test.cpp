#include <algorithm>
#include <catch2/catch.hpp>

#include "datasets/json_document.h"
#include "generators/local/checkpoint/error.h"
#include "tests/generators/tokenizer_golden.h"

using namespace qualm::generators::local;

TEST_CASE("a tokenizer.json gives HF's ids, and they decode to the text") {
  const std::string kind =
      GENERATE("starcoder", "deepseek-coder", "llama-bpe", "gpt2", "qwen2", "llama-old", "llama-new", "metaspace");
  CAPTURE(kind);
  const TokenizerGolden golden = tokenizer_golden(kind);
  check_golden(*golden_tokenizer(kind + ".tokenizer.json", "tokenizer.json"), golden, golden.ids);
}

TEST_CASE("every normalizer and pre-tokenizer cuts as HF's does") {
  const auto steps = qualm::datasets::parse_json(golden_bytes("steps.ids.json"), "steps.ids.json");
  auto json = qualm::datasets::parse_json(golden_bytes("starcoder.tokenizer.json"), "tokenizer.json");
  const auto every = steps.at("every").get<std::size_t>();
  for (const auto& variant : steps.at("variants")) {
    json["normalizer"] = variant.at("normalizer");
    json["pre_tokenizer"] = variant.at("pre_tokenizer");
    INFO("normalizer " << json["normalizer"].dump() << ", pre-tokenizer " << json["pre_tokenizer"].dump());
    const qualm::datasets::TemporaryFolder folder;
    const auto tokenizer = open_tokenizer(folder.put("tokenizer.json", json.dump()).parent_path());
    for (std::size_t i = 0; i < variant.at("ids").size(); ++i) {
      const std::string& text = golden_strings().at(i * every);
      INFO("string " << i * every << ": " << qualm::datasets::Json(text).dump(-1, ' ', true));
      CHECK(tokenizer->encode(text, false) == variant.at("ids")[i].get<std::vector<TokenId>>());
    }
  }
}

TEST_CASE("a GGUF's vocabulary gives the ids of its pre-tokenizer, and they decode to the text") {
  const std::string kind = GENERATE("starcoder", "deepseek-coder", "llama-bpe", "gpt2", "qwen2", "llama-old");
  CAPTURE(kind);
  const TokenizerGolden golden = tokenizer_golden(kind);
  check_golden(*golden_tokenizer(kind + ".gguf", "model.gguf"), golden, golden.gguf_ids);
}

TEST_CASE("a tokenizer.model gives the ids of its tokenizer.json, and they decode to the text") {
  const TokenizerGolden golden = tokenizer_golden("llama-old");
  check_golden(*golden_tokenizer("sentencepiece.model", "tokenizer.model"), golden, golden.ids);
}

TEST_CASE("added tokens of the files beside a tokenizer.model are read as HF does") {
  const auto folders =
      qualm::datasets::parse_json(golden_bytes("sentencepiece-added.json"), "sentencepiece-added.json");
  for (const auto& entry : folders) {
    INFO(entry.at("name"));
    const qualm::datasets::TemporaryFolder folder;
    for (const auto& [name, json] : entry.at("files").items()) (void)folder.put(name, json.dump());
    const auto tokenizer =
        open_tokenizer(folder.put("tokenizer.model", golden_bytes("sentencepiece.model")).parent_path());
    CHECK(tokenizer->encode("a", true) == entry.at("around").get<std::vector<TokenId>>());
    std::int64_t vocabulary = 1000;
    for (const auto& [text, id] : entry.at("added").items()) {
      INFO(text);
      const auto token = id.get<TokenId>();
      vocabulary = std::max<std::int64_t>(vocabulary, token + 1);
      const auto& special = entry.at("special");
      CHECK(tokenizer->is_special(token) == (std::find(special.begin(), special.end(), text) != special.end()));
      CHECK(tokenizer->decode(std::vector<TokenId>{token}, false) == text);
    }
    CHECK(tokenizer->vocabulary() == vocabulary);
    for (std::size_t i = 0; i < entry.at("ids").size(); ++i) {
      const auto text = entry.at("texts")[i].get<std::string>();
      INFO(qualm::datasets::Json(text).dump(-1, ' ', true));
      CHECK(tokenizer->encode(text, false) == entry.at("ids")[i].get<std::vector<TokenId>>());
    }
  }
}

TEST_CASE("files beside a tokenizer.model that lie are refused") {
  const auto refused = [](const char* name, const char* json) {
    INFO(name << ": " << json);
    const qualm::datasets::TemporaryFolder folder;
    (void)folder.put(name, json);
    (void)folder.put("tokenizer.model", golden_bytes("sentencepiece.model"));
    CHECK_THROWS_AS(open_tokenizer(folder.path("")), CheckpointError);
  };
  for (const char* json :
       {"[]", "{", R"({"added_tokens_decoder": []})", R"({"added_tokens_decoder": {"x": {"content": "y"}}})",
        R"({"added_tokens_decoder": {"-1": {"content": "y"}}})", R"({"added_tokens_decoder": {"1000": {}}})",
        R"({"added_tokens_decoder": {"1000": 5}})", R"({"bos_token": 7})", R"({"legacy": "no"})"})
    refused("tokenizer_config.json", json);
  for (const char* json : {"7", R"({"<PRE>": "1000"})", R"({"<PRE>": 1.5})"}) refused("added_tokens.json", json);
  refused("special_tokens_map.json", R"({"pad_token": []})");
}

TEST_CASE("bytes of tokens, joined, are the text after the first space") {
  const auto [name, as] = GENERATE(std::pair("starcoder.gguf", "model.gguf"), std::pair("llama-old.gguf", "model.gguf"),
                                   std::pair("sentencepiece.model", "tokenizer.model"),
                                   std::pair("llama-old.tokenizer.json", "tokenizer.json"));
  const auto tokenizer = golden_tokenizer(name, as);
  const std::string text = "int \xC3\xA9 = 1;\r\n\t\xF0\x9F\x98\x80\x01 \xE4\xB8\xAD";
  std::string bytes;
  for (const TokenId id : tokenizer->encode(text, false)) bytes += tokenizer->bytes_of(id);
  CHECK((bytes == text || bytes == " " + text));
}

TEST_CASE("special tokens have no bytes and are dropped when asked") {
  const auto tokenizer = golden_tokenizer("qwen2.gguf", "model.gguf");
  const std::vector<TokenId> ids = tokenizer->encode("a<|im_end|>b", false);
  REQUIRE(ids.size() == 3);
  CHECK(tokenizer->is_special(ids[1]));
  CHECK(tokenizer->bytes_of(ids[1]).empty());
  CHECK(tokenizer->decode(ids, true) == "ab");
  CHECK(tokenizer->decode(ids, false) == "a<|im_end|>b");
}

TEST_CASE("ids outside the vocabulary are refused; half a character becomes U+FFFD") {
  const auto [name, as] =
      GENERATE(std::pair("starcoder.gguf", "model.gguf"), std::pair("sentencepiece.model", "tokenizer.model"));
  const auto tokenizer = golden_tokenizer(name, as);
  const auto beyond = static_cast<TokenId>(tokenizer->vocabulary());
  for (const TokenId id : {beyond, TokenId{-1}}) {
    CHECK_THROWS_AS(tokenizer->decode(std::vector<TokenId>{id}, false), std::out_of_range);
    CHECK_THROWS_AS(tokenizer->bytes_of(id), std::out_of_range);
    CHECK_THROWS_AS(tokenizer->is_special(id), std::out_of_range);
  }
  std::vector<TokenId> ids = tokenizer->encode("\xF0\x9F\xA6\xA0", false);
  ids.pop_back();
  CHECK(tokenizer->decode(ids, false).find("\xEF\xBF\xBD") != std::string::npos);
}

// A quadratic algorithm would run into the test's time limit.
TEST_CASE("long words and long white space are encoded and decoded") {
  const auto [name, as] = GENERATE(
      std::pair("starcoder.gguf", "model.gguf"), std::pair("llama-bpe.tokenizer.json", "tokenizer.json"),
      std::pair("deepseek-coder.gguf", "model.gguf"), std::pair("qwen2.gguf", "model.gguf"),
      std::pair("llama-old.gguf", "model.gguf"), std::pair("llama-old.tokenizer.json", "tokenizer.json"),
      std::pair("metaspace.tokenizer.json", "tokenizer.json"), std::pair("sentencepiece.model", "tokenizer.model"));
  CAPTURE(name);
  const auto tokenizer = golden_tokenizer(name, as);
  std::string word;
  for (std::size_t i = 0; i < 100'000; ++i) word += static_cast<char>('a' + i * i % 23 % 26);
  std::string lines;
  for (std::size_t i = 0; i < 50'000; ++i) lines += " \n";
  for (const std::string& text : {word, "x" + std::string(100'000, ' '), "x" + lines, std::string(100'000, '1'),
                                  std::string(100'000, '\n') + "x", std::string(100'000, '<')}) {
    const bool same = tokenizer->decode(tokenizer->encode(text, false), false) == text;
    CHECK(same);
  }
}
