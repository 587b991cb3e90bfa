#include <catch2/catch.hpp>

#include "datasets/json_document.h"
#include "tests/generators/tokenizer_golden.h"

using namespace qualm::generators::local;

TEST_CASE("a tokenizer.json gives HF's ids, and they decode to the text") {
  const std::string kind = GENERATE("starcoder", "deepseek-coder", "llama-bpe", "gpt2", "qwen2", "llama-old", "llama-new", "metaspace");
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

TEST_CASE("bytes of tokens, joined, are the text after the first space") {
  const auto [name, as] = GENERATE(std::pair("starcoder.gguf", "model.gguf"), std::pair("llama-old.gguf", "model.gguf"),
                                   std::pair("sentencepiece.model", "tokenizer.model"), std::pair("llama-old.tokenizer.json", "tokenizer.json"));
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
  const auto [name, as] = GENERATE(std::pair("starcoder.gguf", "model.gguf"), std::pair("sentencepiece.model", "tokenizer.model"));
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
      std::pair("starcoder.gguf", "model.gguf"), std::pair("llama-bpe.tokenizer.json", "tokenizer.json"), std::pair("deepseek-coder.gguf", "model.gguf"),
      std::pair("qwen2.gguf", "model.gguf"), std::pair("llama-old.gguf", "model.gguf"), std::pair("llama-old.tokenizer.json", "tokenizer.json"),
      std::pair("metaspace.tokenizer.json", "tokenizer.json"), std::pair("sentencepiece.model", "tokenizer.model"));
  CAPTURE(name);
  const auto tokenizer = golden_tokenizer(name, as);
  std::string word;
  for (std::size_t i = 0; i < 100'000; ++i) word += static_cast<char>('a' + i * i % 23 % 26);
  std::string lines;
  for (std::size_t i = 0; i < 50'000; ++i) lines += " \n";
  for (const std::string& text : {word, "x" + std::string(100'000, ' '), "x" + lines, std::string(100'000, '1'), std::string(100'000, '\n') + "x", std::string(100'000, '<')}) {
    const bool same = tokenizer->decode(tokenizer->encode(text, false), false) == text;
    CHECK(same);
  }
}
