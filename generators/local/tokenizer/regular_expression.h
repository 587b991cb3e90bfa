#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qualm::generators::local {

/// A part of a text: found by the expression, or what lies between two finds.
struct TextPart {
  std::string_view text;
  bool is_match = false;
};

/// A pre-tokenizer's pattern, in the dialect that vocabularies are written with (Oniguruma as HF's tokenizers use it),
/// run by PCRE2 with Unicode classes. Safe to use from many threads.
class RegularExpression {
 public:
  /// Throws std::invalid_argument with the position for a pattern that cannot be compiled.
  explicit RegularExpression(const std::string& pattern);
  /// One that matches `text` itself.
  [[nodiscard]] static RegularExpression literal(const std::string& text);

  /// All of `text` in order; an empty find is an empty part. `text` is UTF-8. Throws std::runtime_error where matching
  /// exceeds PCRE2's limits.
  [[nodiscard]] std::vector<TextPart> split(std::string_view text) const;

 private:
  std::shared_ptr<const void> code_;
};

}  // namespace qualm::generators::local
