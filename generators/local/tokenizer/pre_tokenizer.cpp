#include "generators/local/tokenizer/pre_tokenizer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <stdexcept>

#include "generators/local/tokenizer/byte_level.h"

namespace qualm::generators::local {
namespace {

std::vector<TextPart> joined(const std::vector<TextPart>& parts, SplitBehavior behavior) {
  std::vector<TextPart> result;
  const auto append = [&result](const TextPart& part) {
    TextPart& last = result.back();
    last = {std::string_view(last.text.data(), last.text.size() + part.text.size()), part.is_match};
  };
  for (const TextPart& part : parts) {
    const bool after_match = !result.empty() && result.back().is_match;
    switch (behavior) {
      case SplitBehavior::removed:
        if (!part.is_match) result.push_back(part);
        break;
      case SplitBehavior::isolated: result.push_back(part); break;
      case SplitBehavior::merged_with_previous:
        if (part.is_match && !result.empty() && !after_match)
          append(part);
        else
          result.push_back(part);
        break;
      case SplitBehavior::merged_with_next:
        if (!part.is_match && after_match)
          append(part);
        else
          result.push_back(part);
        break;
      case SplitBehavior::contiguous:
        if (!result.empty() && after_match == part.is_match)
          append(part);
        else
          result.push_back(part);
        break;
    }
  }
  return result;
}

std::vector<std::string> pieces_by(const SplitStep& step, std::string_view piece, bool) {
  std::vector<TextPart> parts = step.pattern.split(piece);
  if (step.invert)
    for (TextPart& part : parts) part.is_match = !part.is_match;
  std::vector<std::string> pieces;
  for (const TextPart& part : joined(parts, step.behavior)) pieces.emplace_back(part.text);
  return pieces;
}

std::vector<std::string> pieces_by(const ByteLevelStep& step, std::string_view piece, bool) {
  static const RegularExpression pattern(gpt2_pattern());
  std::string text(piece);
  if (step.add_prefix_space && !text.starts_with(' ')) text = ' ' + text;
  if (!step.use_pattern) return {bytes_to_alphabet(text)};
  std::vector<std::string> pieces;
  for (const TextPart& part : pattern.split(text)) pieces.push_back(bytes_to_alphabet(part.text));
  return pieces;
}

std::vector<std::string> pieces_by(const MetaspaceStep& step, std::string_view piece, bool at_start) {
  std::string text;
  for (const char character : piece) text += character == ' ' ? step.replacement : std::string(1, character);
  const bool prepend =
      step.prepend == MetaspaceStep::Prepend::always || (step.prepend == MetaspaceStep::Prepend::first && at_start);
  if (prepend && !text.starts_with(step.replacement)) text = step.replacement + text;
  if (!step.split) return {text};
  std::vector<std::string> pieces;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(step.replacement, begin + 1), text.size());
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

SplitStep isolate(const std::string& pattern) { return {RegularExpression(pattern), SplitBehavior::isolated, false}; }

// llama.cpp's patterns by tokenizer.ggml.pre; each cuts the pieces of the one before.
const std::map<std::string, std::vector<std::string>>& gguf_patterns() {
  static const std::string llama3_like =
      "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
      "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  static const std::string qwen2 =
      "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
      "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  static const std::vector<std::string> digits_then_gpt2 = {"\\p{N}", gpt2_pattern()};
  static const std::vector<std::string> deepseek_coder = {"[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+",
                                                          "[一-龥ࠀ-一가-퟿]+", "\\p{N}"};
  static const std::map<std::string, std::vector<std::string>> table = {
      {"gpt-2", {gpt2_pattern()}},
      {"qwen2", {qwen2}},
      {"deepseek-r1-qwen", {qwen2}},
      {"llama-bpe", {llama3_like}},
      {"llama3", {llama3_like}},
      {"llama-v3", {llama3_like}},
      {"smaug-bpe", {llama3_like}},
      {"starcoder", digits_then_gpt2},
      {"refact", digits_then_gpt2},
      {"command-r", digits_then_gpt2},
      {"smollm", digits_then_gpt2},
      {"codeshell", digits_then_gpt2},
      {"deepseek-coder", deepseek_coder},
      {"default", {"[\\p{P}\\$\\+<=>\\^~\\|]+", gpt2_pattern(), "\\p{N}+", "[0-9][0-9][0-9]"}},
  };
  return table;
}

}  // namespace

const std::string& gpt2_pattern() {
  static const std::string pattern =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  return pattern;
}

std::vector<PreTokenizerStep> gguf_pre_tokenizer(const std::string& pre) {
  const auto found = gguf_patterns().find(pre);
  if (found == gguf_patterns().end()) {
    std::vector<std::string> known;
    for (const auto& entry : gguf_patterns()) known.push_back(entry.first);
    throw std::invalid_argument(
        fmt::format("pre-tokenizer \"{}\" is not known; there are {}", pre, fmt::join(known, ", ")));
  }
  std::vector<PreTokenizerStep> steps;
  for (const std::string& pattern : found->second) steps.emplace_back(isolate(pattern));
  steps.emplace_back(ByteLevelStep{false, false});
  return steps;
}

std::vector<std::string> PreTokenizer::split(std::string_view text, bool at_start) const {
  std::vector<std::string> pieces;
  if (text.empty()) return pieces;
  pieces.emplace_back(text);
  for (const PreTokenizerStep& step : steps_) {
    std::vector<std::string> next;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      std::vector<std::string> parts =
          std::visit([&](const auto& kind) { return pieces_by(kind, pieces[i], at_start && i == 0); }, step);
      for (std::string& part : parts)
        if (!part.empty()) next.push_back(std::move(part));
    }
    pieces = std::move(next);
  }
  return pieces;
}

}  // namespace qualm::generators::local
