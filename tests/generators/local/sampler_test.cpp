#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "generators/local/philox.h"
#include "generators/local/sampler.h"

namespace qualm::generators::local {
namespace {

const CpuKernels& kernels() { return cpu_kernels(quant::KernelSet::portable); }

std::map<std::int32_t, int> draws(const Sampling& sampling, const std::vector<float>& logits, std::uint32_t count) {
  const Sampler sampler(sampling, kernels());
  std::map<std::int32_t, int> found;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::vector<float> copy = logits;
    ++found[sampler.choose(copy, {}, {.seed = 5, .problem = 9, .sample = 0, .position = i})];
  }
  return found;
}

}  // namespace

TEST_CASE("philox gives Random123's known answers") {
  REQUIRE(philox({0, 0, 0, 0}, {0, 0}) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  REQUIRE(philox({~0U, ~0U, ~0U, ~0U}, {~0U, ~0U}) ==
          std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  REQUIRE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform numbers differ by seed, problem, sample and position") {
  const double base = uniform({.seed = 1, .problem = 2, .sample = 3, .position = 4});
  REQUIRE((base >= 0.0 && base < 1.0));
  REQUIRE(base == uniform({.seed = 1, .problem = 2, .sample = 3, .position = 4}));
  REQUIRE(base != uniform({.seed = 2, .problem = 2, .sample = 3, .position = 4}));
  REQUIRE(base != uniform({.seed = 1, .problem = 3, .sample = 3, .position = 4}));
  REQUIRE(base != uniform({.seed = 1, .problem = 2, .sample = 4, .position = 4}));
  REQUIRE(base != uniform({.seed = 1, .problem = 2, .sample = 3, .position = 5}));
}

TEST_CASE("greedy takes the first of equal greatest logits") {
  std::vector<float> logits{1.0F, 3.0F, 3.0F, 2.0F};
  REQUIRE(Sampler({}, kernels()).choose(logits, {}, {}) == 1);
}

TEST_CASE("draws follow the softmax at the temperature") {
  const auto found = draws({.temperature = 2.0}, {0.0F, 2.0F, 4.0F}, 30'000);
  const double total = 1.0 + std::exp(1.0) + std::exp(2.0);
  // Five standard deviations of a share of 30,000 draws are below 0.0145.
  REQUIRE(found.at(0) / 30'000.0 == Approx(1.0 / total).margin(0.0145));
  REQUIRE(found.at(1) / 30'000.0 == Approx(std::exp(1.0) / total).margin(0.0145));
}

TEST_CASE("top_p keeps the smallest set that reaches it, top_k the first k, min_p what is near the first") {
  const std::vector<float> logits{std::log(0.5F), std::log(0.1F), std::log(0.3F), std::log(0.1F)};
  REQUIRE(draws({.temperature = 1.0, .top_p = 0.79}, logits, 2000).size() == 2);
  const auto nucleus = draws({.temperature = 1.0, .top_p = 0.85}, logits, 2000);
  REQUIRE(nucleus.size() == 3);
  REQUIRE(nucleus.count(3) == 0);  // of the two with equal logits the one with the lower id is kept
  REQUIRE(draws({.temperature = 1.0, .top_p = 0.01}, logits, 200).size() == 1);
  REQUIRE(draws({.temperature = 1.0, .top_k = 2}, logits, 2000).size() == 2);
  REQUIRE(draws({.temperature = 1.0, .min_p = 0.5}, logits, 2000).size() == 2);
  REQUIRE(draws({.temperature = 1.0, .top_p = 0.99, .min_p = 0.5}, logits, 2000).size() == 2);
  REQUIRE(draws({.temperature = 1.0}, logits, 2000).size() == 4);
}

TEST_CASE("a nucleus over a flat vocabulary keeps the share it is asked for") {
  const std::vector<float> logits(50'000, 1.0F);
  const auto found = draws({.temperature = 1.0, .top_p = 0.5}, logits, 300);
  for (const auto& [id, count] : found) REQUIRE(id <= 25'000);
  REQUIRE(found.size() > 200);
}

TEST_CASE("the repetition penalty lowers tokens that were seen, once each") {
  std::vector<float> logits{4.0F, 3.0F, -1.0F};
  const std::vector<std::int32_t> previous{0, 0, 2};
  REQUIRE(Sampler({.repetition_penalty = 1.5}, kernels()).choose(logits, previous, {}) == 1);
  REQUIRE(logits[0] == Approx(4.0F / 1.5F));
  REQUIRE(logits[2] == Approx(-1.5F));
}

TEST_CASE("parameters out of range and logits that are not numbers are refused") {
  REQUIRE_THROWS_AS(Sampler({.temperature = -1.0}, kernels()), std::invalid_argument);
  REQUIRE_THROWS_AS(Sampler({.top_p = 0.0}, kernels()), std::invalid_argument);
  REQUIRE_THROWS_AS(Sampler({.top_k = -1}, kernels()), std::invalid_argument);
  REQUIRE_THROWS_AS(Sampler({.min_p = 1.5}, kernels()), std::invalid_argument);
  REQUIRE_THROWS_AS(Sampler({.repetition_penalty = 0.0}, kernels()), std::invalid_argument);
  std::vector<float> logits(3, std::nanf(""));
  REQUIRE_THROWS_AS(Sampler({}, kernels()).choose(logits, {}, {}), std::runtime_error);
}

}  // namespace qualm::generators::local
