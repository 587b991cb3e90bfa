#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "generators/local/tokenizer/regular_expression.h"

namespace qualm::generators::local {

/// What becomes of the parts that a pattern finds (HF tokenizers' SplitDelimiterBehavior).
enum class SplitBehavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

/// Cuts each piece at a pattern's finds; `invert` takes what lies between the finds for finds.
struct SplitStep {
  RegularExpression pattern;
  SplitBehavior behavior = SplitBehavior::isolated;
  bool invert = false;
};

/// Writes each piece in the alphabet of bytes; with `use_pattern` cuts it first as GPT-2 does.
struct ByteLevelStep {
  bool add_prefix_space = false;
  bool use_pattern = true;
};

/// SentencePiece's way: spaces become `replacement`, one is put in front, each begins a piece.
struct MetaspaceStep {
  enum class Prepend { never, first, always };
  std::string replacement = "\xE2\x96\x81";
  Prepend prepend = Prepend::always;
  bool split = true;
};

using PreTokenizerStep = std::variant<SplitStep, ByteLevelStep, MetaspaceStep>;

/// Cuts a text into the words that are encoded one by one: every step works on every piece of the one before.
class PreTokenizer {
 public:
  PreTokenizer() = default;
  explicit PreTokenizer(std::vector<PreTokenizerStep> steps) : steps_(std::move(steps)) {}

  /// `at_start` says that `text` begins the whole input.
  [[nodiscard]] std::vector<std::string> split(std::string_view text, bool at_start) const;

 private:
  std::vector<PreTokenizerStep> steps_;
};

/// GPT-2's pattern.
[[nodiscard]] const std::string& gpt2_pattern();

/// The steps that llama.cpp takes for the value of GGUF's tokenizer.ggml.pre. Throws std::invalid_argument listing the
/// values that are known.
[[nodiscard]] std::vector<PreTokenizerStep> gguf_pre_tokenizer(const std::string& pre);

}  // namespace qualm::generators::local
