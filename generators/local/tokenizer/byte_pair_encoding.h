#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "generators/local/tokenizer/tokenizer.h"

namespace qualm::generators::local {

/// Byte-pair encoding (Sennrich et al. 2016): a word is cut into characters, then the adjacent pair of least rank is
/// merged, leftmost first, until no pair has a rank.
class BytePairEncoding {
 public:
  struct Options {
    bool whole_word_first = false;   ///< a word that is in the vocabulary is taken without merging ("ignore_merges")
    bool byte_fallback = false;      ///< a character that is not in the vocabulary becomes its bytes' tokens <0xNN>
    bool fuse_unknown = false;       ///< adjacent unknown characters become one unknown token
    std::optional<TokenId> unknown;  ///< without one, unknown characters are dropped
  };

  /// `tokens` are the texts by id. Throws std::invalid_argument for more tokens than an id can count.
  BytePairEncoding(std::vector<std::string> tokens, Options options);

  /// The next merge in the order of rank. Throws std::invalid_argument where one of the two or their join is no token.
  void add_merge(std::string_view left, std::string_view right);
  /// SentencePiece's rule: any two neighbours whose join is a token may merge, that of the highest score first.
  /// Throws std::invalid_argument where `scores` has another size than the vocabulary.
  void merge_by_scores(std::vector<float> scores);

  void encode(std::string_view word, std::vector<TokenId>& ids) const;

  [[nodiscard]] const std::vector<std::string>& tokens() const { return tokens_; }
  [[nodiscard]] std::optional<TokenId> find(std::string_view text) const;

 private:
  struct Merge {
    double rank;
    TokenId token;
  };
  struct Symbol {
    TokenId token;
    std::int64_t previous;
    std::int64_t next;  // -1: none; a symbol merged into its left neighbour has token -1
    std::string_view text;
  };
  [[nodiscard]] std::optional<Merge> merge_of(const Symbol& left, const Symbol& right) const;
  [[nodiscard]] std::vector<Symbol> symbols_of(std::string_view word) const;

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::vector<std::string> tokens_;
  Options options_;
  std::unordered_map<std::string, TokenId, TextHash, std::equal_to<>> ids_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::vector<float> scores_;
};

}  // namespace qualm::generators::local
