#include <catch2/catch.hpp>

#include <functional>
#include <random>

#include "datasets/json_document.h"
#include "generators/local/checkpoint/error.h"
#include "tests/generators/tokenizer_golden.h"

using namespace qualm::generators::local;
using qualm::datasets::Json;

namespace {

std::unique_ptr<Tokenizer> open_bytes(const std::string& as, const std::string& bytes) {
  const qualm::datasets::TemporaryFolder folder;
  const std::filesystem::path file = folder.put(as, bytes);
  return open_tokenizer(file.extension() == ".gguf" ? file : file.parent_path());
}

// A damaged vocabulary is refused, or gives a tokenizer that works on any text.
void use(const std::string& as, const std::string& bytes) {
  try {
    const auto tokenizer = open_bytes(as, bytes);
    const std::vector<TokenId> ids = tokenizer->encode("int main() { return 1; } \n\xC3\xA9<s>", true);
    for (const TokenId id : ids) {
      CHECK(id >= 0);
      CHECK(id < tokenizer->vocabulary());
    }
    (void)tokenizer->decode(ids, false);
  } catch (const CheckpointError&) {
    SUCCEED();
  }
}

}  // namespace

TEST_CASE("a tokenizer.json that lies is refused") {
  const Json good = qualm::datasets::parse_json(golden_bytes("llama-old.tokenizer.json"), "tokenizer.json");
  const std::vector<std::pair<const char*, std::function<void(Json&)>>> lies = {
      {"no model", [](Json& j) { j.erase("model"); }},
      {"another model", [](Json& j) { j["model"]["type"] = "Unigram"; }},
      {"no vocabulary", [](Json& j) { j["model"].erase("vocab"); }},
      {"empty vocabulary", [](Json& j) { j["model"]["vocab"] = Json::object(); }},
      {"a vocabulary that is a list",
       [](Json& j) {
         j["model"]["vocab"] = {1, 2};
       }},
      {"no merges", [](Json& j) { j["model"].erase("merges"); }},
      {"merges that are a number", [](Json& j) { j["model"]["merges"] = 3; }},
      {"an id that is a text", [](Json& j) { j["model"]["vocab"]["a"] = "1"; }},
      {"an id that is a fraction", [](Json& j) { j["model"]["vocab"]["a"] = 1.5; }},
      {"a negative id", [](Json& j) { j["model"]["vocab"]["a"] = -1; }},
      {"a huge id", [](Json& j) { j["model"]["vocab"]["a"] = 4'000'000'000; }},
      {"two tokens of one id", [](Json& j) { j["model"]["vocab"]["another"] = 300; }},
      {"a merge of what is no token",
       [](Json& j) {
         j["model"]["merges"].push_back({"qqqq", "q"});
       }},
      {"a merge of three",
       [](Json& j) {
         j["model"]["merges"].push_back({"a", "b", "c"});
       }},
      {"a merge of one", [](Json& j) { j["model"]["merges"].push_back("ab"); }},
      {"an unknown token that is none", [](Json& j) { j["model"]["unk_token"] = "qqqq"; }},
      {"a pattern that is none",
       [](Json& j) {
         j["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}};
       }},
      {"a pattern of classes in a class",
       [](Json& j) {
         j["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "[a-z&&[^b]]"}}}, {"behavior", "Isolated"}};
       }},
      {"a pre-tokenizer that is not known",
       [](Json& j) {
         j["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
       }},
      {"a normalizer that is not known",
       [](Json& j) {
         j["normalizer"] = {{"type", "Precompiled"}};
       }},
      {"a decoder that is not known",
       [](Json& j) {
         j["decoder"] = {{"type", "WordPiece"}};
       }},
      {"a post-processor that is not known",
       [](Json& j) {
         j["post_processor"] = {{"type", "BertProcessing"}};
       }},
      {"a template's id outside", [](Json& j) { j["post_processor"]["special_tokens"]["<s>"]["ids"] = {5'000'000}; }},
      {"a template's id below 0", [](Json& j) { j["post_processor"]["special_tokens"]["<s>"]["ids"] = {-1}; }},
      {"an added token's id outside", [](Json& j) { j["added_tokens"][0]["id"] = 2'000'000'000; }},
      {"an added token's id beyond 32 bits", [](Json& j) { j["added_tokens"][0]["id"] = 4'294'967'297; }},
      {"an added token without text", [](Json& j) { j["added_tokens"][0].erase("content"); }},
      {"a list", [](Json& j) { j = Json::array(); }},
  };
  (void)open_bytes("tokenizer.json", good.dump());
  for (const auto& [what, lie] : lies) {
    INFO(what);
    Json bad = good;
    lie(bad);
    CHECK_THROWS_AS(open_bytes("tokenizer.json", bad.dump()), CheckpointError);
  }
}

TEST_CASE("files that are no vocabulary are refused") {
  const qualm::datasets::TemporaryFolder folder;
  CHECK_THROWS_AS(open_tokenizer(folder.path("absent")), CheckpointError);
  CHECK_THROWS_AS(open_tokenizer(folder.path("")), CheckpointError);
  for (const std::string as : {"tokenizer.json", "tokenizer.model", "model.gguf"})
    for (const std::string& bytes :
         {std::string(), std::string("{"), std::string("{}"), std::string(1000, '\0'), std::string(1000, '\xFF')}) {
      INFO(as << " of " << bytes.size() << " bytes");
      CHECK_THROWS_AS(open_bytes(as, bytes), CheckpointError);
    }
}

TEST_CASE("a damaged vocabulary is refused or used, never worse") {
  const auto [name, as] =
      GENERATE(std::pair("llama-bpe.tokenizer.json", "tokenizer.json"),
               std::pair("llama-old.tokenizer.json", "tokenizer.json"), std::pair("deepseek-coder.gguf", "model.gguf"),
               std::pair("llama-old.gguf", "model.gguf"), std::pair("sentencepiece.model", "tokenizer.model"));
  const std::string good = golden_bytes(name);
  std::mt19937 random(17);
  for (int round = 0; round < 150; ++round) {
    INFO(name << ", round " << round);
    std::string bytes = good;
    if (round % 3 == 0) {
      bytes.resize(random() % bytes.size());
    } else {
      // Half of the damage goes to the two ends, where the structure is.
      for (int flips = 1 << (random() % 6); flips > 0; --flips) {
        const std::size_t range = random() % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 800);
        const std::size_t place = random() % range;
        bytes[random() % 4 == 0 ? bytes.size() - 1 - place : place] = static_cast<char>(random());
      }
    }
    use(as, bytes);
  }
}
