// Promise 2 on tiny models: the bits of a row, and the bytes of a completion, do not depend on what runs beside them.
#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "generators/local/cpu_operations.h"
#include "generators/local/local_generator.h"
#include "tests/generators/local/tiny_model.h"

namespace qualm::generators::local {
namespace {

const char* const kArchitectures[] = {"llama", "qwen2", "gpt_bigcode"};

std::vector<quant::KernelSet> kernel_sets() {
  std::vector<quant::KernelSet> sets;
  for (const quant::KernelSet set : {quant::KernelSet::portable, quant::KernelSet::avx2, quant::KernelSet::avx512})
    if (set <= quant::best_kernels()) sets.push_back(set);
  return sets;
}

std::vector<std::pair<std::string, quant::KernelSet>> architectures_and_kernels() {
  std::vector<std::pair<std::string, quant::KernelSet>> all;
  for (const std::string architecture : kArchitectures)
    for (const quant::KernelSet kernels : kernel_sets()) all.emplace_back(architecture, kernels);
  return all;
}

// A model and the logits of single tokens fed to it in chosen batches.
struct Runner {
  Runner(const std::string& name, quant::KernelSet kernels)
      : checkpoint(name),
        operations(kernels, threads),
        architecture(checkpoint, operations),
        cache(operations, architecture.page_floats(), 1000) {}

  struct Row {
    KeyValueCache::Sequence* sequence;
    std::int32_t token;
    std::int64_t position;
  };
  std::vector<std::vector<float>> run(const std::vector<Row>& rows) {
    Batch batch;
    for (const Row& row : rows) {
      REQUIRE(cache.reserve(*row.sequence, row.position, row.position + 1));
      batch.wanted.push_back(batch.rows());
      batch.tokens.push_back(row.token);
      batch.positions.push_back(row.position);
    }
    for (const Row& row : rows) batch.pages.emplace_back(row.sequence->addresses);
    std::vector<float> logits;
    architecture.forward(batch, logits);
    std::vector<std::vector<float>> split;
    const auto size = static_cast<std::ptrdiff_t>(architecture.config().vocabulary);
    for (auto at = logits.begin(); at != logits.end(); at += size) split.emplace_back(at, at + size);
    return split;
  }

  quant::Threads threads{2};
  TinyCheckpoint checkpoint;
  CpuOperations operations;
  Architecture architecture;
  KeyValueCache cache;
};

std::vector<std::int32_t> tokens_of(std::int32_t seed, std::size_t count) {
  std::vector<std::int32_t> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back((seed * 37 + static_cast<std::int32_t>(i) * 11) % 130);
  return tokens;
}

std::vector<std::vector<float>> prefill(Runner& runner, KeyValueCache::Sequence& sequence,
                                        const std::vector<std::int32_t>& tokens, std::size_t chunk) {
  std::vector<std::vector<float>> logits;
  for (std::size_t begin = 0; begin < tokens.size(); begin += chunk) {
    std::vector<Runner::Row> rows;
    for (std::size_t i = begin; i < std::min(begin + chunk, tokens.size()); ++i)
      rows.push_back({&sequence, tokens[i], static_cast<std::int64_t>(i)});
    for (auto& row : runner.run(rows)) logits.push_back(std::move(row));
  }
  return logits;
}

std::map<std::string, Completion> completions(const std::string& architecture, const Sampling& sampling,
                                              const LocalModelOptions& options) {
  auto checkpoint = std::make_unique<TinyCheckpoint>(architecture);
  LocalGenerator generator(
      std::move(checkpoint), [] { return std::make_unique<LetterTokenizer>(130); }, options);
  std::vector<Request> requests;
  for (int i = 0; i < 4; ++i)
    requests.push_back({.problem = fmt::format("problem {}", i),
                        .prompt = std::string(static_cast<std::size_t>(1 + i * 9), static_cast<char>('a' + i)),
                        .stop_tokens = {"xyz", "bad"},
                        .samples = {0, 1, 2, 3}});
  std::map<std::string, Completion> found;
  generator.generate(requests, sampling, [&](Completion c) { found[fmt::format("{}/{}", c.problem, c.sample)] = c; },
                     {});
  return found;
}

LocalModelOptions options_of(int threads, std::int64_t batch, std::uint64_t memory = 64 << 20,
                             quant::KernelSet kernels = quant::KernelSet::portable) {
  return {.model = {},
          .device = "cpu",
          .kernels = std::string(quant::to_string(kernels)),
          .threads = threads,
          .max_batch = batch,
          .memory_bytes = memory};
}

}  // namespace

TEST_CASE("a row's logits are equal in bits alone and among 2, 7, 20 and 33 rows") {
  for (const auto& [architecture, kernels] : architectures_and_kernels()) {
    Runner runner(architecture, kernels);
    std::vector<KeyValueCache::Sequence> alone(33), together(33);
    std::vector<std::vector<float>> expected;
    for (std::size_t i = 0; i < 33; ++i) {
      const auto tokens = tokens_of(static_cast<std::int32_t>(i), 3 + i);
      expected.push_back(prefill(runner, alone[i], tokens, 1).back());
    }
    for (const std::size_t count : {2, 7, 20, 33}) {
      std::vector<Runner::Row> rows;
      for (std::size_t i = 0; i < count; ++i) {
        const auto tokens = tokens_of(static_cast<std::int32_t>(i), 3 + i);
        runner.cache.release(together[i]);
        (void)prefill(runner, together[i], {tokens.begin(), tokens.end() - 1}, 5);
        rows.push_back({&together[i], tokens.back(), static_cast<std::int64_t>(tokens.size()) - 1});
      }
      const auto logits = runner.run(rows);
      for (std::size_t i = 0; i < count; ++i) {
        INFO(architecture << ", " << quant::to_string(kernels) << ": row " << i << " of " << count);
        REQUIRE(logits[i] == expected[i]);
      }
    }
  }
}

TEST_CASE("reading a prompt in chunks of any size equals decoding it token by token, in bits") {
  for (const auto& [architecture, kernels] : architectures_and_kernels()) {
    Runner runner(architecture, kernels);
    const auto tokens = tokens_of(3, 70);
    KeyValueCache::Sequence decoded;
    const auto expected = prefill(runner, decoded, tokens, 1);
    for (const std::size_t chunk : {2, 16, 33, 70}) {
      KeyValueCache::Sequence sequence;
      REQUIRE(prefill(runner, sequence, tokens, chunk) == expected);
    }
    for (const auto& row : expected)
      for (const float logit : row) REQUIRE(std::isfinite(logit));
    REQUIRE(expected[10] != expected[11]);
  }
}

TEST_CASE("earlier tokens matter to later logits") {
  Runner runner("llama", quant::KernelSet::portable);
  auto tokens = tokens_of(3, 40);
  KeyValueCache::Sequence first, second;
  const auto before = prefill(runner, first, tokens, 40);
  tokens[2] += 1;
  const auto after = prefill(runner, second, tokens, 40);
  REQUIRE(before[1] == after[1]);
  REQUIRE(before[39] != after[39]);
}

TEST_CASE("completions are the same bytes at any batch size, thread count and memory") {
  const Sampling greedy{.max_length = 56};
  const Sampling sampled{.temperature = 0.9, .top_p = 0.95, .max_length = 56, .seed = 7};
  const Sampling penalized{.temperature = 1.2, .top_k = 20, .repetition_penalty = 1.3, .max_tokens = 20};
  struct Case {
    const char* architecture;
    const Sampling& sampling;
  };
  for (const auto& [architecture, sampling] :
       {Case{"llama", greedy}, {"llama", penalized}, {"qwen2", sampled}, {"gpt_bigcode", sampled}})
    for (const quant::KernelSet kernels : kernel_sets()) {
      const auto expected = completions(architecture, sampling, options_of(1, 64, 64 << 20, kernels));
      REQUIRE(expected.size() == 16);
      // Five pages are the least that holds one sequence: streams are evicted and computed again.
      const ModelConfig config = TinyCheckpoint(architecture).config();
      const auto page = static_cast<std::uint64_t>(config.layers * config.key_value_heads * kPagePositions *
                                                   (config.head_dim + padded(config.head_dim))) *
                        sizeof(float);
      for (LocalModelOptions options :
           {options_of(2, 64), options_of(1, 1), options_of(1, 8), options_of(1, 64, 5 * page),
            options_of(1, 8, 7 * page), options_of(1, 64, 11 * page)}) {
        options.kernels = std::string(quant::to_string(kernels));
        const auto found = completions(architecture, sampling, options);
        REQUIRE(found.size() == expected.size());
        for (const auto& [name, completion] : expected) {
          INFO(architecture << " " << name << " " << options.kernels << " batch " << options.max_batch << " memory "
                            << options.memory_bytes / page);
          REQUIRE(found.at(name).tokens == completion.tokens);
          REQUIRE(found.at(name).text == completion.text);
          REQUIRE(found.at(name).end == completion.end);
        }
      }
    }
}

TEST_CASE("samples of one problem differ, and a seed changes them") {
  const Sampling sampling{.temperature = 1.0, .max_length = 60, .seed = 1};
  const auto found = completions("llama", sampling, options_of(1, 16));
  REQUIRE(found.at("problem 0/0").tokens != found.at("problem 0/1").tokens);
  Sampling other = sampling;
  other.seed = 2;
  REQUIRE(completions("llama", other, options_of(1, 16)).at("problem 0/0").tokens != found.at("problem 0/0").tokens);
}

TEST_CASE("kernel sets of the arithmetic beside the matrices agree in bits") {
  const quant::KernelSet best = quant::best_kernels();
  if (best == quant::KernelSet::portable) return;
  const CpuKernels& portable = cpu_kernels(quant::KernelSet::portable);
  const CpuKernels& other = cpu_kernels(best);
  std::vector<float> x(77);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i) * 1.7F) * 6.0F;
  for (const auto member : {&CpuKernels::silu, &CpuKernels::gelu_tanh}) {
    auto a = x, b = x;
    (portable.*member)(a.data(), 77);
    (other.*member)(b.data(), 77);
    REQUIRE(a == b);
  }
  std::vector<float> a(77), b(77);
  portable.rms_norm(x.data(), x.data(), 1e-5F, 77, a.data());
  other.rms_norm(x.data(), x.data(), 1e-5F, 77, b.data());
  REQUIRE(a == b);
}

}  // namespace qualm::generators::local
