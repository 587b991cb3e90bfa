#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "datasets/gzip.h"
#include "datasets/json_document.h"
#include "tests/generators/tokenizer_golden.h"

using namespace qualm::generators::local;

namespace {

// ctest takes this exit code for "skipped".
std::filesystem::path cached_model(const std::string& file) {
  const auto folder = [](const char* variable) {
    const char* const value = std::getenv(variable);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  std::filesystem::path cache = folder("QUALM_CACHE");
  if (cache.empty())
    cache = (folder("XDG_CACHE_HOME").empty() ? folder("HOME") / ".cache" : folder("XDG_CACHE_HOME")) / "qualm";
  const std::filesystem::path model = cache / "models" / file;
  if (!std::filesystem::exists(model)) {
    std::cerr << "SKIPPED: " << model << " is not there; fetch it: tools/fetch_model.sh "
              << std::filesystem::path(file).stem().string() << '\n';
    std::exit(77);
  }
  return model;
}

}  // namespace

TEST_CASE("Qwen2.5's vocabulary from its GGUF gives HF's ids") {
  const TokenizerGolden golden = tokenizer_golden("qwen2.5");
  check_golden(*open_tokenizer(cached_model("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf")), golden, golden.gguf_ids);
}

TEST_CASE("SmolLM2's vocabulary from its GGUF gives HF's ids") {
  const TokenizerGolden golden = tokenizer_golden("smollm2");
  check_golden(*open_tokenizer(cached_model("smollm2-135m-instruct-q4_1.gguf")), golden, golden.gguf_ids);
}

TEST_CASE("the reference's prompts and completions have llama.cpp's ids") {
  const auto tokenizer = open_tokenizer(cached_model("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"));
  const std::filesystem::path reference = std::filesystem::path(QUALM_SOURCE_DIR) / "tests/golden/reference";
  const std::filesystem::path file = reference / "greedy-tokens.jsonl.gz";
  std::istringstream lines(qualm::datasets::gzip_decompress(qualm::datasets::bytes_of(file), file));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const qualm::datasets::Json json = qualm::datasets::parse_json(line, file, count + 1);
    const auto name = json.at("name").get<std::string>();
    const auto language = json.at("language").get<std::string>();
    INFO(language << " " << name);
    const auto problem = qualm::datasets::read_json(
        reference / ("humaneval-" + language + "-qwen2.5-coder-0.5b-instruct-q4_k_m-0.0-reworded") /
        (name + ".json.gz"));
    const auto prompt = problem.at("prompt").get<std::string>();  // the reference strips it at both ends
    const std::size_t begin = prompt.find_first_not_of(" \t\n");
    const std::string stripped = prompt.substr(begin, prompt.find_last_not_of(" \t\n") + 1 - begin);
    CHECK(tokenizer->encode(stripped, true) == json.at("prompt_tokens").get<std::vector<TokenId>>());
    const std::string text = tokenizer->decode(json.at("completion_tokens").get<std::vector<TokenId>>(), true);
    CHECK(text.starts_with(json.at("completion").get<std::string>()));
  }
  CHECK(count == 319);
}
