#include "generators/local/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "datasets/sha256.h"
#include "generators/local/philox.h"

namespace qualm::generators::local {
namespace {

struct Candidate {
  float logit;
  float weight;  ///< exp((logit - greatest) / temperature)
  std::int32_t id;
};

bool before(const Candidate& a, const Candidate& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; }

// The first place where the greatest logit is; NaN never is.
std::int32_t argmax(std::span<const float> logits, float greatest) {
  const auto found = std::find(logits.begin(), logits.end(), greatest);
  if (found == logits.end()) throw std::runtime_error("the model's logits are not numbers; its weights may be damaged");
  return static_cast<std::int32_t>(found - logits.begin());
}

void penalize(std::span<float> logits, std::span<const std::int32_t> previous, float penalty) {
  std::vector<std::int32_t> distinct(previous.begin(), previous.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (const std::int32_t id : distinct) {
    float& logit = logits[static_cast<std::size_t>(id)];
    logit = logit > 0.0F ? logit / penalty : logit * penalty;
  }
}

std::vector<Candidate> at_least(std::span<const float> logits, std::span<const float> weights, float threshold) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (weights[i] >= threshold) candidates.push_back({logits[i], weights[i], static_cast<std::int32_t>(i)});
  return candidates;
}

// The k first candidates in order, without sorting the vocabulary.
std::vector<Candidate> first_of(std::vector<Candidate> candidates, std::size_t k) {
  if (k < candidates.size()) {
    std::nth_element(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(k), candidates.end(), before);
    candidates.resize(k);
  }
  std::sort(candidates.begin(), candidates.end(), before);
  return candidates;
}

double weight_of(std::span<const Candidate> candidates) {
  double total = 0.0;
  for (const Candidate& candidate : candidates) total += static_cast<double>(candidate.weight);
  return total;
}

// How many of the first candidates reach `share` of the total weight; 0: all together do not.
std::size_t reaching(std::span<const Candidate> candidates, double share) {
  double sum = 0.0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    sum += static_cast<double>(candidates[i].weight);
    if (sum >= share) return i + 1;
  }
  return 0;
}

// The nucleus is nearly always among the few tokens that are not a thousand times less probable than the first, so that
// few are sorted; the threshold falls until the nucleus is reached, which gives the same tokens as sorting all.
std::vector<Candidate> nucleus(std::span<const float> logits, std::span<const float> weights, double share) {
  for (const float threshold : {1e-3F, 1e-6F, 1e-9F, 1e-15F, 1e-27F}) {
    std::vector<Candidate> candidates = at_least(logits, weights, threshold);
    std::sort(candidates.begin(), candidates.end(), before);
    if (const std::size_t count = reaching(candidates, share); count > 0) {
      candidates.resize(count);
      return candidates;
    }
  }
  std::vector<Candidate> all = at_least(logits, weights, 0.0F);
  std::sort(all.begin(), all.end(), before);
  if (const std::size_t count = reaching(all, share); count > 0) all.resize(count);
  return all;
}

std::int32_t pick(std::span<const Candidate> candidates, double uniform) {
  const double target = uniform * weight_of(candidates);
  double sum = 0.0;
  for (const Candidate& candidate : candidates) {
    sum += static_cast<double>(candidate.weight);
    if (sum > target) return candidate.id;
  }
  return candidates.back().id;
}

}  // namespace

std::uint64_t problem_hash(const std::string& name) {
  const auto digest = datasets::sha256(name);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < 8; ++i) hash = hash << 8 | digest[i];
  return hash;
}

double uniform(const RandomKey& key) {
  const auto bits = philox({key.position, key.sample, static_cast<std::uint32_t>(key.problem),
                            static_cast<std::uint32_t>(key.problem >> 32)},
                           {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
  const std::uint64_t wide = static_cast<std::uint64_t>(bits[1]) << 32 | bits[0];
  return static_cast<double>(wide >> 11) * 0x1p-53;
}

Sampler::Sampler(const Sampling& sampling, const CpuKernels& kernels) : sampling_(sampling), kernels_(kernels) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  require(std::isfinite(sampling.temperature) && sampling.temperature >= 0.0, "temperature must be 0 or more");
  require(sampling.top_p > 0.0 && sampling.top_p <= 1.0, "top_p must be above 0 and at most 1");
  require(sampling.top_k >= 0, "top_k must be 0 (all) or more");
  require(sampling.min_p >= 0.0 && sampling.min_p <= 1.0, "min_p must be between 0 and 1");
  require(std::isfinite(sampling.repetition_penalty) && sampling.repetition_penalty > 0.0,
          "the repetition penalty must be above 0");
}

std::int32_t Sampler::choose(std::span<float> logits, std::span<const std::int32_t> previous,
                             const RandomKey& key) const {
  if (sampling_.repetition_penalty != 1.0) penalize(logits, previous, static_cast<float>(sampling_.repetition_penalty));
  if (sampling_.temperature == 0.0)
    return argmax(logits, kernels_.maximum(logits.data(), static_cast<std::int64_t>(logits.size())));
  return draw(logits, uniform(key));
}

std::int32_t Sampler::draw(std::span<const float> logits, double uniform) const {
  const auto size = static_cast<std::int64_t>(logits.size());
  const float greatest = kernels_.maximum(logits.data(), size);
  const std::int32_t best = argmax(logits, greatest);
  // A temperature so low that its inverse is no float leaves only the first.
  const auto scale = static_cast<float>(1.0 / sampling_.temperature);
  if (!std::isfinite(scale)) return best;
  std::vector<float> weights(logits.size());
  const double total = kernels_.exponentials(logits.data(), greatest, scale, size, weights.data());
  if (!std::isfinite(total)) throw std::runtime_error("the model's logits are not numbers; its weights may be damaged");
  std::vector<Candidate> candidates;
  if (sampling_.top_k > 0 && sampling_.top_k < size) {
    candidates = first_of(at_least(logits, weights, 0.0F), static_cast<std::size_t>(sampling_.top_k));
    if (sampling_.top_p < 1.0)
      if (const std::size_t count = reaching(candidates, sampling_.top_p * weight_of(candidates)); count > 0)
        candidates.resize(count);
  } else if (sampling_.top_p < 1.0) {
    candidates = nucleus(logits, weights, sampling_.top_p * total);
  } else {
    candidates = at_least(logits, weights, static_cast<float>(sampling_.min_p));  // in order of ids: no need to sort
  }
  if (sampling_.min_p > 0.0)
    std::erase_if(candidates, [&](const Candidate& c) { return c.weight < static_cast<float>(sampling_.min_p); });
  return candidates.empty() ? best : pick(candidates, uniform);
}

}  // namespace qualm::generators::local
