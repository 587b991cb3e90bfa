// What is refused, and by which words, before any work starts; how completions end.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "generators/local/local_generator.h"
#include "generators/request_error.h"
#include "tests/generators/local/tiny_model.h"

namespace qualm::generators::local {
namespace {

using Catch::Matchers::Contains;

LocalGenerator tiny(std::unique_ptr<TinyCheckpoint> checkpoint, std::uint64_t memory = 64 << 20,
                    std::int64_t letters = 130) {
  return {std::move(checkpoint),
          [letters] { return std::make_unique<LetterTokenizer>(letters); },
          {.model = {}, .device = "cpu", .kernels = "portable", .threads = 1, .memory_bytes = memory}};
}

std::vector<Completion> run(LocalGenerator& generator, const Request& request, const Sampling& sampling,
                            std::stop_token stop = {}) {
  std::vector<Completion> found;
  generator.generate(
      {request}, sampling, [&](Completion c) { found.push_back(std::move(c)); }, stop);
  return found;
}

Request request(std::size_t prompt) {
  return {.problem = "p", .prompt = std::string(prompt, 'a'), .stop_tokens = {}, .samples = {0}};
}

}  // namespace

TEST_CASE("a missing tensor, one of another shape and an unknown architecture are refused by name") {
  auto checkpoint = std::make_unique<TinyCheckpoint>("llama");
  checkpoint->remove("layers.1.mlp.down.weight");
  REQUIRE_THROWS_WITH(tiny(std::move(checkpoint)), Contains("layers.1.mlp.down.weight") && Contains("missing"));
  checkpoint = std::make_unique<TinyCheckpoint>("llama");
  checkpoint->set("layers.0.attention.key.weight", 8, 96, std::vector<float>(8 * 96));
  REQUIRE_THROWS_WITH(tiny(std::move(checkpoint)), Contains("layers.0.attention.key.weight") && Contains("(8, 96)"));
  checkpoint = std::make_unique<TinyCheckpoint>("qwen2");
  checkpoint->set("layers.0.attention.key.bias", 1, 3, std::vector<float>(3));
  REQUIRE_THROWS_WITH(tiny(std::move(checkpoint)), Contains("layers.0.attention.key.bias"));
  checkpoint = std::make_unique<TinyCheckpoint>("llama");
  checkpoint->mutable_config().architecture = "mamba";
  REQUIRE_THROWS_WITH(tiny(std::move(checkpoint)), Contains("mamba") && Contains("gpt_bigcode"));
}

TEST_CASE("weights that are more than the device's memory are refused before anything is loaded") {
  auto checkpoint = std::make_unique<TinyCheckpoint>("llama");
  checkpoint->pretend_size("output.weight", std::size_t{1} << 50);
  REQUIRE_THROWS_WITH(tiny(std::move(checkpoint)), Contains("weights take 1073741") && Contains("device cpu has"));
}

TEST_CASE("a prompt longer than the context or the maximal length, and too little memory, are refused") {
  auto generator = tiny(std::make_unique<TinyCheckpoint>("llama"));
  REQUIRE_THROWS_AS(run(generator, request(160), {}), RequestError);
  REQUIRE_THROWS_WITH(run(generator, request(160), {}), Contains("context"));
  REQUIRE_THROWS_WITH(run(generator, request(50), {.max_length = 50}), Contains("--max-length"));
  REQUIRE_THROWS_AS(run(generator, request(5), {.temperature = -1.0, .max_length = 50}), RequestError);
  auto small = tiny(std::make_unique<TinyCheckpoint>("llama"), 60'000);
  REQUIRE_THROWS_WITH(run(small, request(20), {.max_length = 150}), Contains("--memory"));
  REQUIRE(run(small, request(20), {.max_length = 30}).size() == 1);
}

TEST_CASE("a model and a tokenizer whose vocabularies differ in size work as far as they agree") {
  // A padded model: ids without a token have no text.
  auto padded = tiny(std::make_unique<TinyCheckpoint>("llama"), 64 << 20, 20);
  const auto found = run(padded, request(20), {.temperature = 1.0, .max_length = 60}).at(0);
  REQUIRE(std::ranges::any_of(found.tokens, [](std::int32_t id) { return id >= 20; }));
  REQUIRE(static_cast<std::ptrdiff_t>(found.text.size()) ==
          std::ranges::count_if(found.tokens, [](std::int32_t id) { return id < 20; }));
  auto small = tiny(std::make_unique<TinyCheckpoint>("llama"), 64 << 20, 1000);
  REQUIRE_THROWS_WITH(run(small, request(20), {}), Contains("the model's vocabulary is 130"));
}

TEST_CASE("a completion ends by length, by an end token or by a stop string") {
  auto generator = tiny(std::make_unique<TinyCheckpoint>("llama"));
  const auto by_length = run(generator, request(20), {.max_length = 30}).at(0);
  REQUIRE(by_length.end == EndReason::length);
  REQUIRE(by_length.tokens.size() == 10);
  REQUIRE(by_length.prompt_tokens == 20);
  REQUIRE(run(generator, request(20), {.max_tokens = 4}).at(0).tokens.size() == 4);

  Request stopping = request(20);
  stopping.stop_tokens = {by_length.text.substr(4, 2)};
  const auto by_stop = run(generator, stopping, {.max_length = 30}).at(0);
  REQUIRE(by_stop.end == EndReason::stop);
  REQUIRE(by_stop.text == by_length.text.substr(0, by_length.text.find(stopping.stop_tokens[0])));
  REQUIRE(by_stop.raw_text.starts_with(by_stop.text + stopping.stop_tokens[0]));

  auto checkpoint = std::make_unique<TinyCheckpoint>("llama");
  checkpoint->mutable_config().end_tokens = {by_length.tokens[3]};
  auto ending = tiny(std::move(checkpoint));
  const auto by_token = run(ending, request(20), {.max_length = 30}).at(0);
  REQUIRE(by_token.end == EndReason::end_token);
  REQUIRE(by_token.tokens.back() == by_length.tokens[3]);
  REQUIRE(by_token.raw_text.size() + 1 == by_token.tokens.size());
}

TEST_CASE("a completion that repeats itself when its length is reached ended in a loop, with the text it has") {
  auto checkpoint = std::make_unique<TinyCheckpoint>("llama");
  checkpoint->set("output.weight", 130, 96, std::vector<float>(130 * 96));  // no token leads: always the first
  auto generator = tiny(std::move(checkpoint));
  const auto looping = run(generator, request(20), {.max_tokens = 64}).at(0);
  REQUIRE(looping.end == EndReason::loop);
  REQUIRE(looping.text == std::string(64, 'a'));
  REQUIRE(run(generator, request(20), {.max_tokens = 63}).at(0).end == EndReason::length);
}

TEST_CASE("a requested stop ends the work and leaves the cache empty") {
  auto generator = tiny(std::make_unique<TinyCheckpoint>("llama"));
  std::stop_source source;
  source.request_stop();
  REQUIRE(run(generator, request(20), {.max_length = 30}, source.get_token()).empty());
  REQUIRE(run(generator, request(20), {.max_length = 30}).size() == 1);
}

TEST_CASE("logits of a sequence agree with the greedy completion, and bad ids are refused") {
  auto generator = tiny(std::make_unique<TinyCheckpoint>("qwen2"));
  const auto prompt = LetterTokenizer(130).encode(std::string(20, 'a'), true);
  const auto completion = run(generator, request(20), {.max_length = 30}).at(0);
  std::vector<std::int32_t> tokens = prompt;
  tokens.insert(tokens.end(), completion.tokens.begin(), completion.tokens.end());
  const auto logits = generator.logits(tokens);
  REQUIRE(logits.argmax.size() == tokens.size());
  REQUIRE(logits.last_logits.size() == 130);
  for (std::size_t i = 0; i < 10; ++i) REQUIRE(logits.argmax[19 + i] == completion.tokens[i]);
  double sum = 0.0;
  for (const float logit : logits.last_logits) sum += std::exp(static_cast<double>(logit));
  REQUIRE(logits.log_sum_exp.back() == Approx(std::log(sum)).epsilon(1e-6));
  REQUIRE_THROWS_AS(generator.logits({130}), RequestError);
  REQUIRE_THROWS_AS(generator.logits({-1}), RequestError);
  REQUIRE_THROWS_AS(generator.logits({}), RequestError);
}

}  // namespace qualm::generators::local
