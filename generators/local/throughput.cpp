#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "generators/local/local_generator.h"
#include "generators/request_error.h"

namespace qualm::generators::local {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Ids that spread over the vocabulary: which ones they are does not matter to the arithmetic's speed.
std::vector<TokenId> some_prompt(std::int64_t size, std::int64_t vocabulary) {
  std::vector<TokenId> tokens;
  for (std::int64_t i = 0; i < size; ++i) tokens.push_back(static_cast<TokenId>((i * 7919 + 100) % vocabulary));
  return tokens;
}

}  // namespace

// The same steps that the scheduler makes, without ends: every stream runs to its last token.
Throughput LocalGenerator::measure(std::int64_t prompt, std::int64_t streams, std::int64_t tokens) {
  const ModelConfig& config = architecture_.config();
  if (prompt < 1 || streams < 1 || tokens < 1) throw RequestError("prompt, streams and tokens must be 1 or more");
  if (prompt + tokens > config.context_length)
    throw RequestError(fmt::format("{} prompt tokens and {} more exceed the model's context of {}", prompt, tokens,
                                   config.context_length));
  const std::vector<TokenId> ids = some_prompt(prompt, config.vocabulary);
  const auto vocabulary = static_cast<std::size_t>(config.vocabulary);
  const Sampler sampler({.temperature = 0.2, .top_p = 0.95}, cpu_kernels(kernels_));
  const auto require = [](bool has_room) {
    if (!has_room) throw std::runtime_error("the key/value cache has no room for these streams; raise --memory");
  };
  Throughput result{.prompt_tokens = prompt, .streams = streams};
  KeyValueCache::Sequence shared;
  require(cache_.reserve(shared, 0, prompt));
  std::vector<float> logits;
  auto start = std::chrono::steady_clock::now();
  for (std::int64_t begin = 0; begin < prompt; begin += max_rows_) {
    Batch batch;
    for (std::int64_t position = begin; position < std::min(begin + max_rows_, prompt); ++position) {
      batch.tokens.push_back(ids[static_cast<std::size_t>(position)]);
      batch.positions.push_back(position);
      batch.pages.emplace_back(shared.addresses);
    }
    if (begin + max_rows_ >= prompt) batch.wanted.push_back(batch.rows() - 1);
    architecture_.forward(batch, logits);
  }
  result.prompt_seconds = seconds_since(start);
  std::vector<KeyValueCache::Sequence> sequences;
  for (std::int64_t i = 0; i < streams; ++i) sequences.push_back(cache_.share(shared, prompt));
  std::vector<std::vector<TokenId>> texts(sequences.size(), std::vector<TokenId>{ids.back()});
  start = std::chrono::steady_clock::now();
  for (std::int64_t position = prompt; position < prompt + tokens; ++position) {
    for (std::size_t first = 0; first < sequences.size(); first += static_cast<std::size_t>(max_rows_)) {
      const std::size_t last = std::min(first + static_cast<std::size_t>(max_rows_), sequences.size());
      Batch batch;
      for (std::size_t i = first; i < last; ++i) {
        require(cache_.reserve(sequences[i], position, position + 1));
        batch.wanted.push_back(batch.rows());
        batch.tokens.push_back(texts[i].back());
        batch.positions.push_back(position);
        batch.pages.emplace_back(sequences[i].addresses);
      }
      architecture_.forward(batch, logits);
      threads_.run(batch.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          const std::size_t i = first + static_cast<std::size_t>(row);
          texts[i].push_back(sampler.choose(
              std::span(logits).subspan(static_cast<std::size_t>(row) * vocabulary, vocabulary), texts[i],
              {.sample = static_cast<std::uint32_t>(i), .position = static_cast<std::uint32_t>(position)}));
        }
      });
    }
  }
  result.generation_seconds = seconds_since(start);
  result.generated_tokens = streams * tokens;
  for (KeyValueCache::Sequence& sequence : sequences) cache_.release(sequence);
  cache_.release(shared);
  return result;
}

}  // namespace qualm::generators::local
