#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "generators/generator.h"
#include "generators/local/cpu_kernels.h"

namespace qualm::generators::local {

/// Which random number a choice takes: one of the stream of (seed, problem, sample), at the token's position.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t problem = 0;  ///< problem_hash of its name
  std::uint32_t sample = 0;
  std::uint32_t position = 0;
};

/// The first eight bytes of the name's SHA-256.
[[nodiscard]] std::uint64_t problem_hash(const std::string& name);

/// A number in [0, 1) with 53 bits.
[[nodiscard]] double uniform(const RandomKey& key);

/// Chooses tokens. Filters apply in the order of transformers: repetition penalty, temperature, top_k, top_p, min_p.
/// The candidates' order is by falling logit, equal ones by rising id. A pure function of its arguments.
class Sampler {
 public:
  /// Throws std::invalid_argument for parameters out of range.
  Sampler(const Sampling& sampling, const CpuKernels& kernels);

  /// `logits` is changed by the penalty; `previous` are the prompt's and the chosen tokens so far.
  [[nodiscard]] std::int32_t choose(std::span<float> logits, std::span<const std::int32_t> previous,
                                    const RandomKey& key) const;

 private:
  [[nodiscard]] std::int32_t draw(std::span<const float> logits, double uniform) const;

  Sampling sampling_;
  const CpuKernels& kernels_;
};

}  // namespace qualm::generators::local
