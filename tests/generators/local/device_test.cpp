// The forward pass through libtorch: qualm_device_tests DEVICE [Catch2's arguments], where DEVICE is "torch-cpu"
// (libtorch's CPU, on every machine with libtorch) or "cuda". The same code runs on both but for what decodes the
// weights. Exits with 77 (skipped) where there is no such device.
#define CATCH_CONFIG_RUNNER
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <string>

#include "generators/cuda_devices.h"
#include "generators/local/cpu_operations.h"
#include "generators/local/device.h"
#include "generators/local/local_generator.h"
#include "generators/local/torch/module.h"
#include "generators/local/torch/open_module.h"
#include "generators/request_error.h"
#include "tests/generators/local/golden_logits.h"
#include "tests/generators/local/tiny_model.h"

namespace qualm::generators::local {
namespace {

using Catch::Matchers::Contains;

const char* const kArchitectures[] = {"llama", "qwen2", "gpt_bigcode"};

std::string& device_under_test() {
  static std::string device;
  return device;
}

LocalModelOptions options_of(const std::string& device, std::int64_t batch, std::uint64_t memory = 64 << 20) {
  return {
      .model = {}, .device = device, .kernels = "portable", .threads = 1, .max_batch = batch, .memory_bytes = memory};
}

std::unique_ptr<Operations> open_torch(const TorchSettings& settings) {
  const auto open =
      reinterpret_cast<QualmOpenTorchOperations>(torch_module_function(qualm_open_torch_operations_name, "tests", ""));
  return std::unique_ptr<Operations>(open(settings));
}

/// A model whose steps can be composed row by row.
struct Runner {
  Runner(const std::string& name, std::unique_ptr<Operations> chosen)
      : checkpoint(name),
        operations(std::move(chosen)),
        architecture(checkpoint, *operations),
        cache(*operations, architecture.page_floats(), 100) {}

  /// Logits of all rows; each part is the next tokens of one sequence.
  std::vector<float> step(const std::vector<std::pair<KeyValueCache::Sequence*, std::vector<std::int32_t>>>& parts,
                          std::map<KeyValueCache::Sequence*, std::int64_t>& lengths) {
    Batch batch;
    for (const auto& [sequence, tokens] : parts) {
      const std::int64_t begin = lengths[sequence];
      const auto count = static_cast<std::int64_t>(tokens.size());
      REQUIRE(cache.reserve(*sequence, begin, begin + count));
      for (std::int64_t i = 0; i < count; ++i) {
        batch.wanted.push_back(batch.rows());
        batch.tokens.push_back(tokens[static_cast<std::size_t>(i)]);
        batch.positions.push_back(begin + i);
        batch.pages.emplace_back(sequence->addresses);
      }
      lengths[sequence] += count;
    }
    std::vector<float> logits;
    architecture.forward(batch, logits);
    return logits;
  }

  TinyCheckpoint checkpoint;
  std::unique_ptr<Operations> operations;
  Architecture architecture;
  KeyValueCache cache;
};

std::vector<std::int32_t> tokens_of(std::int32_t seed, std::size_t count) {
  std::vector<std::int32_t> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back((seed * 37 + static_cast<std::int32_t>(i) * 11) % 130);
  return tokens;
}

// A prompt that two sequences share, one of which goes on within a page; a third of another length; chunks beside
// single rows. The logits of every row of every step, one after another.
std::vector<float> mixed_steps(Runner& runner) {
  std::map<KeyValueCache::Sequence*, std::int64_t> lengths;
  std::vector<float> all;
  const auto step = [&](const std::vector<std::pair<KeyValueCache::Sequence*, std::vector<std::int32_t>>>& parts) {
    const auto logits = runner.step(parts, lengths);
    all.insert(all.end(), logits.begin(), logits.end());
  };
  KeyValueCache::Sequence prompt, long_one;
  step({{&prompt, tokens_of(1, 21)}});
  KeyValueCache::Sequence first = runner.cache.share(prompt, 21), second = runner.cache.share(prompt, 21);
  lengths[&first] = lengths[&second] = 21;
  step({{&first, {5}}, {&long_one, tokens_of(2, 40)}, {&second, {6}}});
  step({{&first, {7}}, {&second, {8}}, {&long_one, {9}}});
  step({{&long_one, tokens_of(3, 25)}, {&first, tokens_of(4, 2)}, {&second, tokens_of(5, 2)}});
  step({{&long_one, {3}}, {&second, {4}}, {&first, {5}}});
  return all;
}

std::map<std::string, Completion> completions(const std::string& architecture, const Sampling& sampling,
                                              const LocalModelOptions& options) {
  LocalGenerator generator(
      std::make_unique<TinyCheckpoint>(architecture), [] { return std::make_unique<LetterTokenizer>(130); }, options);
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

}  // namespace

TEST_CASE("logits and greedy tokens of every golden model are the reference's") {
  for (const std::int64_t batch : {5, 64}) check_golden_models(options_of(device_under_test(), batch));
}

TEST_CASE("rows of several sequences, shared prefixes and chunks in one step agree with the CPU's operations") {
  quant::Threads threads(2);
  for (const std::string architecture : kArchitectures) {
    Runner cpu(architecture, std::make_unique<CpuOperations>(quant::KernelSet::portable, threads));
    const auto expected = mixed_steps(cpu);
    // Small ones too, so that matrices are decoded, and sequences gathered, in many parts: 90 floats are less than a
    // row of a matrix and than one sequence's keys.
    for (const std::int64_t scratch : {std::int64_t{1} << 26, std::int64_t{90}, std::int64_t{5000}}) {
      Runner runner(architecture,
                    open_torch({.cuda = device_under_test() != "torch-cpu", .threads = 1, .scratch_floats = scratch}));
      INFO(architecture << " with a scratch of " << scratch << " floats");
      CHECK(worst_difference(expected, mixed_steps(runner)) < 1e-4);
    }
  }
}

TEST_CASE("completions are the CPU's, at any batch and with so little memory that streams are evicted") {
  const Sampling greedy{.max_length = 56};
  const Sampling sampled{.temperature = 0.9, .top_p = 0.95, .max_length = 56, .seed = 7};
  for (const std::string architecture : kArchitectures) {
    const ModelConfig config = TinyCheckpoint(architecture).config();
    const auto page = static_cast<std::uint64_t>(config.layers * config.key_value_heads * kPagePositions *
                                                 (config.head_dim + padded(config.head_dim))) *
                      sizeof(float);
    for (const Sampling& sampling : {greedy, sampled}) {
      const auto expected = completions(architecture, sampling, options_of("cpu", 64));
      REQUIRE(expected.size() == 16);
      for (const auto& options :
           {options_of(device_under_test(), 64), options_of(device_under_test(), 1),
            options_of(device_under_test(), 8, 5 * page), options_of(device_under_test(), 64, 11 * page)}) {
        const auto found = completions(architecture, sampling, options);
        REQUIRE(found.size() == expected.size());
        for (const auto& [name, completion] : expected) {
          INFO(architecture << " " << name << " batch " << options.max_batch << " pages "
                            << options.memory_bytes / page);
          CHECK(found.at(name).tokens == completion.tokens);
        }
      }
    }
  }
}

TEST_CASE("the run's record names the device and libtorch and promises no bytes") {
  LocalGenerator generator(std::make_unique<TinyCheckpoint>("llama"), {}, options_of(device_under_test(), 0));
  const auto path = open_device(device_under_test(), quant::KernelSet::portable, *std::make_unique<quant::Threads>(1))
                        ->numeric_path();
  const bool is_cuda = device_under_test() != "torch-cpu";
  CHECK(path.at("device") == (is_cuda ? "cuda" : "torch-cpu"));
  CHECK_THAT(path.at("libtorch"), Contains("."));
  CHECK_THAT(path.at("same_bytes"), Contains("not promised"));
  for (const char* field : {"gpu", "compute_capability", "cuda_runtime", "cuda_driver"})
    CHECK(path.contains(field) == is_cuda);
}

TEST_CASE("weights that are more than the device's memory are refused before anything is loaded") {
  auto checkpoint = std::make_unique<TinyCheckpoint>("llama");
  checkpoint->pretend_size("output.weight", std::size_t{1} << 50);
  CHECK_THROWS_WITH(LocalGenerator(std::move(checkpoint), {}, options_of(device_under_test(), 4)),
                    Contains("weights take 1073741") && Contains("of memory available"));
}

TEST_CASE("a matrix whose bytes are not those of its shape is refused") {
  auto checkpoint = std::make_unique<TinyCheckpoint>("llama");
  checkpoint->pretend_size("output.weight", 1024);
  CHECK_THROWS_AS(LocalGenerator(std::move(checkpoint), {}, options_of(device_under_test(), 4)), std::invalid_argument);
}

TEST_CASE("a CUDA device is refused in words where there is none") {
  if (!find_cuda_devices().devices.empty()) return;
  quant::Threads threads(1);
  CHECK_THROWS_WITH(open_device("cuda", quant::KernelSet::portable, threads),
                    Contains("device cuda: ") && Contains("--device cpu"));
  // The same past the driver's own answer, with CUDA's words or the build's.
  CHECK_THROWS_WITH(open_torch({.cuda = true}), Contains("CUDA"));
}

TEST_CASE("a cache that the device cannot hold is one line of error") {
  auto options = options_of(device_under_test(), 4, std::uint64_t{1} << 58);
  try {
    const LocalGenerator generator(std::make_unique<TinyCheckpoint>("llama"), {}, options);
    FAIL("no error");
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    CHECK_THAT(text, Contains("libtorch on c"));
    CHECK(std::count(text.begin(), text.end(), '\n') == 0);
  }
}

}  // namespace qualm::generators::local

int main(int argc, char** argv) {
  using namespace qualm::generators;
  if (argc < 2) {
    fmt::print(stderr, "usage: {} torch-cpu|cuda [Catch2's arguments]\n", argv[0]);
    return 2;
  }
  local::device_under_test() = argv[1];
  const CudaDevices found = find_cuda_devices();
  if (local::device_under_test() != "torch-cpu" && found.devices.empty()) {
    fmt::print("SKIPPED: no CUDA device: {}\n", found.absence);
    return 77;
  }
  if (!local::has_torch_module()) {
    fmt::print("SKIPPED: this build has no libtorch\n");
    return 77;
  }
  for (const CudaDevice& device : found.devices) fmt::print("CUDA device: {}\n", device.name);
  argv[1] = argv[0];
  return Catch::Session().run(argc - 1, argv + 1);
}
