#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "generators/local/checkpoint/checkpoint.h"
#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators::local {

/// A random model in memory, without a file.
class TinyCheckpoint : public Checkpoint {
 public:
  /// "llama" (grouped queries, rotary, RMS norm), "qwen2" (biases too), "gpt_bigcode" (multi-query, learned positions,
  /// layer norm, fused). The same weights each time.
  explicit TinyCheckpoint(const std::string& architecture);

  [[nodiscard]] const ModelConfig& config() const override { return config_; }
  [[nodiscard]] std::string format() const override { return "tiny"; }
  [[nodiscard]] const quant::PackedTensor* find(const std::string& name) const override;
  [[nodiscard]] std::vector<std::string> names() const override;
  [[nodiscard]] std::vector<std::filesystem::path> files() const override { return {"tiny"}; }

  void set(const std::string& name, std::int64_t rows, std::int64_t columns, std::vector<float> values);
  void remove(const std::string& name) { tensors_.erase(name); }
  /// The tensor says that it has so many bytes, which are not there.
  void pretend_size(const std::string& name, std::size_t bytes) {
    tensors_[name].data = {tensors_[name].data.data(), bytes};
  }
  ModelConfig& mutable_config() { return config_; }

 private:
  void add(const std::string& name, std::int64_t rows, std::int64_t columns, float scale, float offset = 0.0F);

  ModelConfig config_;
  std::map<std::string, quant::PackedTensor> tensors_;
  std::uint32_t next_ = 1;
};

/// Token i is the letter 'a' + i % 26, so that any text of letters is a prompt and stop strings are found.
class LetterTokenizer : public Tokenizer {
 public:
  explicit LetterTokenizer(std::int64_t vocabulary) : vocabulary_(vocabulary) {}
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, bool add_special) const override;
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special) const override;
  [[nodiscard]] std::string bytes_of(TokenId id) const override {
    if (id >= vocabulary_) throw std::out_of_range("no such letter");
    return {static_cast<char>('a' + id % 26)};
  }
  [[nodiscard]] bool is_special(TokenId /*id*/) const override { return false; }
  [[nodiscard]] std::int64_t vocabulary() const override { return vocabulary_; }

 private:
  std::int64_t vocabulary_;
};

}  // namespace qualm::generators::local
