#pragma once

#include <map>
#include <string>
#include <vector>

#include "generators/local/tokenizer/added_tokens.h"
#include "generators/local/tokenizer/byte_pair_encoding.h"
#include "generators/local/tokenizer/normalizer.h"
#include "generators/local/tokenizer/pre_tokenizer.h"
#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators::local {

/// How the texts of tokens become text again.
struct TokenText {
  enum class Kind { byte_level, metaspace } kind = Kind::byte_level;
  bool strip_first_space = false;  ///< metaspace: the space that was put in front is taken away
};

/// The stages of HF's tokenizers, in their order: added tokens, normalizer, pre-tokenizer, byte-pair encoding, and
/// what is put around the whole.
struct TokenizerStages {
  std::vector<AddedToken> added;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  BytePairEncoding encoding;
  std::vector<TokenId> before;  ///< with add_special
  std::vector<TokenId> after;
  TokenText text;
};

class PipelineTokenizer : public Tokenizer {
 public:
  /// Throws std::invalid_argument for an added token, or one put around every text, whose id cannot be.
  explicit PipelineTokenizer(TokenizerStages stages);

  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, bool add_special) const override;
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip_special) const override;
  [[nodiscard]] std::string bytes_of(TokenId id) const override;
  [[nodiscard]] bool is_special(TokenId id) const override;
  [[nodiscard]] std::int64_t vocabulary() const override { return vocabulary_; }

 private:
  void encode_part(std::string_view text, bool at_start, std::vector<TokenId>& ids) const;
  [[nodiscard]] std::string text_of(TokenId id) const;
  void check(TokenId id) const;

  TokenizerStages stages_;
  AddedTokens raw_added_;         // searched in the text as it is
  AddedTokens normalized_added_;  // searched in the normalized text
  std::map<TokenId, AddedToken> added_by_id_;
  std::int64_t vocabulary_ = 0;
};

}  // namespace qualm::generators::local
