#include "tests/generators/tokenizer_golden.h"

#include <catch2/catch.hpp>

#include "datasets/gzip.h"
#include "datasets/json_document.h"

namespace qualm::generators::local {
namespace {

std::filesystem::path golden_folder() { return std::filesystem::path(QUALM_SOURCE_DIR) / "tests/golden/tokenizers"; }

datasets::Json golden_json(const std::string& name) { return datasets::parse_json(golden_bytes(name), name); }

}  // namespace

std::string golden_bytes(const std::string& name) {
  const std::filesystem::path file = golden_folder() / (name + ".gz");
  return datasets::gzip_decompress(datasets::bytes_of(file), file);
}

const std::vector<std::string>& golden_strings() {
  static const auto strings = golden_json("strings.json").get<std::vector<std::string>>();
  return strings;
}

TokenizerGolden tokenizer_golden(const std::string& kind) {
  const datasets::Json json = golden_json(kind + ".ids.json");
  TokenizerGolden golden{json.at("before"), json.at("after"), json.at("ids"), json.at("ids"), {}, kind != "metaspace"};
  for (const auto& [index, ids] : json.at("gguf_ids").items())
    golden.gguf_ids.at(std::stoul(index)) = ids.get<std::vector<TokenId>>();
  for (const auto& [index, text] : json.at("decoded").items())
    golden.decoded.emplace(std::stoul(index), text.get<std::string>());
  return golden;
}

std::unique_ptr<Tokenizer> golden_tokenizer(const std::string& name, const std::string& as) {
  const datasets::TemporaryFolder folder;
  const std::filesystem::path file = folder.put(as, golden_bytes(name));
  return open_tokenizer(file.extension() == ".gguf" ? file : file.parent_path());
}

void check_golden(const Tokenizer& tokenizer, const TokenizerGolden& golden,
                  const std::vector<std::vector<TokenId>>& ids) {
  const std::vector<std::string>& strings = golden_strings();
  REQUIRE(strings.size() >= 2000);
  REQUIRE(ids.size() == strings.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < strings.size() && wrong < 20; ++i) {
    INFO("string " << i << ": " << datasets::Json(strings[i]).dump(-1, ' ', true));
    const std::vector<TokenId> got = tokenizer.encode(strings[i], false);
    CHECK(got == ids[i]);
    const std::string text = tokenizer.decode(got, false);
    const auto lossy = golden.decoded.find(i);
    const auto comparable = [&golden](std::string decoded) {
      if (!golden.leading_spaces_count) decoded.erase(0, decoded.find_first_not_of(' '));
      return decoded;
    };
    const bool decodes =
        text == strings[i] || (lossy != golden.decoded.end() && comparable(text) == comparable(lossy->second));
    if (!decodes)
      UNSCOPED_INFO("decoded to " << datasets::Json(text).dump(-1, ' ', true) << ", HF's is "
                                  << (lossy == golden.decoded.end()
                                          ? "the string"
                                          : datasets::Json(lossy->second).dump(-1, ' ', true)));
    CHECK(decodes);
    wrong += got != ids[i] || !decodes ? 1 : 0;
  }
  std::vector<TokenId> with_special = golden.before;
  const std::vector<TokenId> plain = tokenizer.encode("a", false);
  with_special.insert(with_special.end(), plain.begin(), plain.end());
  with_special.insert(with_special.end(), golden.after.begin(), golden.after.end());
  CHECK(tokenizer.encode("a", true) == with_special);
}

}  // namespace qualm::generators::local
