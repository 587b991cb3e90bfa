#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "generators/local/tokenizer/regular_expression.h"

namespace qualm::generators::local {

/// A Unicode normalization form (Unicode annex 15).
enum class UnicodeForm { nfc, nfd, nfkc, nfkd };

struct ReplaceStep {
  RegularExpression pattern;
  std::string replacement;
};
struct PrependStep {
  std::string text;  ///< put in front of a text that is not empty
};
struct LowercaseStep {};
struct StripStep {
  bool left = true;
  bool right = true;
};

using NormalizerStep = std::variant<UnicodeForm, ReplaceStep, PrependStep, LowercaseStep, StripStep>;

/// What is done to a text before it is cut into words.
class Normalizer {
 public:
  Normalizer() = default;
  explicit Normalizer(std::vector<NormalizerStep> steps) : steps_(std::move(steps)) {}
  [[nodiscard]] std::string normalize(std::string_view text) const;
  [[nodiscard]] bool empty() const { return steps_.empty(); }

 private:
  std::vector<NormalizerStep> steps_;
};

}  // namespace qualm::generators::local
