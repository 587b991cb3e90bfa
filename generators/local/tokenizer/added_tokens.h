#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators::local {

/// A text that is one token wherever it stands, before any other rule.
struct AddedToken {
  std::string text;
  TokenId id = 0;
  bool special = false;      ///< left out by decode(skip_special)
  bool left_strip = false;   ///< white space before it belongs to it
  bool right_strip = false;  ///< white space behind it belongs to it
  bool single_word = false;  ///< only where no letter, digit or underscore touches it
  bool normalized = false;   ///< searched in the normalized text
};

/// A part of a text: an added token, or what lies between two.
struct AddedTokenPart {
  std::string_view text;
  std::optional<TokenId> token;
};

/// Finds added tokens: leftmost first, and of those that begin there the longest.
class AddedTokens {
 public:
  AddedTokens() = default;
  explicit AddedTokens(std::vector<AddedToken> tokens);
  [[nodiscard]] std::vector<AddedTokenPart> split(std::string_view text) const;

 private:
  [[nodiscard]] const AddedToken* longest_at(std::string_view text, std::size_t position) const;

  std::vector<AddedToken> tokens_;                                  // by first byte, then longest first
  std::vector<std::pair<std::size_t, std::size_t>> by_first_byte_;  // ranges of tokens_
};

}  // namespace qualm::generators::local
