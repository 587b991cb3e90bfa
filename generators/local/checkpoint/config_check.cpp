#include "generators/local/checkpoint/config_check.h"

#include <cmath>

#include "generators/local/checkpoint/error.h"

namespace qualm::generators::local {
namespace {

class Check {
 public:
  explicit Check(const std::filesystem::path& file) : file_(file) {}

  void between(const char* what, std::int64_t value, std::int64_t least, std::int64_t most) const {
    if (value < least || value > most)
      throw CheckpointError(file_, fmt::format("{} is {}, not between {} and {}", what, value, least, most));
  }
  void positive(const char* what, double value) const {
    if (!std::isfinite(value) || value <= 0)
      throw CheckpointError(file_, fmt::format("{} is {}, not a positive number", what, value));
  }
  void that(bool holds, const std::string& otherwise) const {
    if (!holds) throw CheckpointError(file_, otherwise);
  }

 private:
  const std::filesystem::path& file_;
};

void check_rotary(const Check& check, const ModelConfig& config) {
  const Rotary& rotary = *config.rotary;
  check.positive("rope theta", rotary.theta);
  check.positive("rope scaling factor", rotary.factor);
  check.that(config.head_dim % 2 == 0, fmt::format("a head size of {} cannot be rotated: it is odd", config.head_dim));
  if (rotary.scaling == Rotary::Scaling::llama3) {
    check.positive("rope low_freq_factor", rotary.low_frequency_factor);
    check.positive("rope high_freq_factor", rotary.high_frequency_factor);
    check.positive("rope original_max_position_embeddings", rotary.original_context);
    check.that(rotary.high_frequency_factor > rotary.low_frequency_factor,
               "rope high_freq_factor is not above low_freq_factor");
  }
  const std::vector<float>& divisors = rotary.frequency_divisors;
  check.that(divisors.empty() || static_cast<std::int64_t>(divisors.size()) == config.head_dim / 2,
             fmt::format("{} rope frequency divisors for a head size of {}", divisors.size(), config.head_dim));
  for (const float divisor : divisors) check.positive("a rope frequency divisor", divisor);
}

}  // namespace

void check_config(const std::filesystem::path& file, const ModelConfig& config) {
  const Check check(file);
  check.between("the number of layers", config.layers, 1, 4'096);
  check.between("the hidden size", config.hidden_size, 1, 1 << 20);
  check.between("the number of attention heads", config.heads, 1, 1 << 14);
  check.between("the number of key/value heads", config.key_value_heads, 1, config.heads);
  check.between("the head size", config.head_dim, 1, 1 << 14);
  check.between("the intermediate size", config.intermediate_size, 1, 1 << 22);
  check.between("the vocabulary size", config.vocabulary, 1, 1 << 24);
  check.between("the context length", config.context_length, 1, 1 << 28);
  check.that(
      config.heads % config.key_value_heads == 0,
      fmt::format("{} attention heads are no multiple of {} key/value heads", config.heads, config.key_value_heads));
  check.positive("the norm's epsilon", config.norm_epsilon);
  if (config.rotary) check_rotary(check, config);
  for (const std::int32_t token : config.end_tokens)
    check.that(token >= 0 && token < config.vocabulary,
               fmt::format("end token {} is outside the vocabulary of {}", token, config.vocabulary));
  if (config.begin_token)
    check.that(*config.begin_token >= 0 && *config.begin_token < config.vocabulary,
               fmt::format("begin token {} is outside the vocabulary of {}", *config.begin_token, config.vocabulary));
}

}  // namespace qualm::generators::local
