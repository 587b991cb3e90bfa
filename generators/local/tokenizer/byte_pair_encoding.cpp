#include "generators/local/tokenizer/byte_pair_encoding.h"

#include <fmt/format.h>

#include <limits>
#include <queue>
#include <stdexcept>

#include "generators/local/tokenizer/utf8.h"

namespace qualm::generators::local {
namespace {

std::uint64_t pair_key(TokenId left, TokenId right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U) | static_cast<std::uint32_t>(right);
}

// A merge that was possible when it was queued; stale where its neighbours have changed since.
struct Candidate {
  double rank;
  std::int64_t left;
  std::int64_t right;
  std::size_t bytes;  // of both texts then
  TokenId token;

  // std::priority_queue takes the largest: least rank, then leftmost.
  bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : left > other.left; }
};

}  // namespace

BytePairEncoding::BytePairEncoding(std::vector<std::string> tokens, Options options)
    : tokens_(std::move(tokens)), options_(options) {
  if (tokens_.empty()) throw std::invalid_argument("the vocabulary is empty");
  if (tokens_.size() > static_cast<std::size_t>(std::numeric_limits<TokenId>::max()))
    throw std::invalid_argument(fmt::format("a vocabulary of {} tokens is too large", tokens_.size()));
  ids_.reserve(tokens_.size());
  for (std::size_t id = 0; id < tokens_.size(); ++id) ids_.emplace(tokens_[id], static_cast<TokenId>(id));
}

std::optional<TokenId> BytePairEncoding::find(std::string_view text) const {
  const auto found = ids_.find(text);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

void BytePairEncoding::add_merge(std::string_view left, std::string_view right) {
  const auto known = [this](const std::string& text) {
    const auto id = find(text);
    if (!id)
      throw std::invalid_argument(
          fmt::format("merge {} has the text {:?}, which is not a token", merges_.size(), text));
    return *id;
  };
  const TokenId joined = known(std::string(left) + std::string(right));
  merges_.emplace(pair_key(known(std::string(left)), known(std::string(right))),
                  Merge{static_cast<double>(merges_.size()), joined});
}

void BytePairEncoding::merge_by_scores(std::vector<float> scores) {
  if (scores.size() != tokens_.size())
    throw std::invalid_argument(fmt::format("{} scores for {} tokens", scores.size(), tokens_.size()));
  scores_ = std::move(scores);
}

std::optional<BytePairEncoding::Merge> BytePairEncoding::merge_of(const Symbol& left, const Symbol& right) const {
  if (!scores_.empty()) {
    const std::string_view joined(left.text.data(), left.text.size() + right.text.size());
    const auto id = find(joined);
    if (!id) return std::nullopt;
    return Merge{-static_cast<double>(scores_[static_cast<std::size_t>(*id)]), *id};
  }
  if (left.token < 0 || right.token < 0) return std::nullopt;
  const auto found = merges_.find(pair_key(left.token, right.token));
  return found == merges_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<BytePairEncoding::Symbol> BytePairEncoding::symbols_of(std::string_view word) const {
  std::vector<Symbol> symbols;
  for (std::size_t i = 0; i < word.size();) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(word, i));
    const std::string_view character = word.substr(i, length);
    const auto position = static_cast<std::int64_t>(symbols.size());
    symbols.push_back({find(character).value_or(-1), position - 1, position + 1, character});
    i += length;
  }
  if (!symbols.empty()) symbols.back().next = -1;
  return symbols;
}

void BytePairEncoding::encode(std::string_view word, std::vector<TokenId>& ids) const {
  if (options_.whole_word_first)
    if (const auto id = find(word)) {
      ids.push_back(*id);
      return;
    }
  std::vector<Symbol> symbols = symbols_of(word);
  std::priority_queue<Candidate> candidates;
  const auto consider = [&](std::int64_t left, std::int64_t right) {
    if (left < 0 || right < 0) return;
    const Symbol& first = symbols[static_cast<std::size_t>(left)];
    const Symbol& second = symbols[static_cast<std::size_t>(right)];
    if (const auto merge = merge_of(first, second))
      candidates.push({merge->rank, left, right, first.text.size() + second.text.size(), merge->token});
  };
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
    consider(static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = symbols[static_cast<std::size_t>(best.left)];
    Symbol& right = symbols[static_cast<std::size_t>(best.right)];
    if (left.text.empty() || right.text.empty() || left.next != best.right ||
        left.text.size() + right.text.size() != best.bytes)
      continue;
    left.text = {left.text.data(), best.bytes};
    left.token = best.token;
    left.next = right.next;
    right.text = {};
    if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = best.left;
    consider(left.previous, best.left);
    consider(best.left, left.next);
  }
  bool after_unknown = false;
  for (const Symbol& symbol : symbols) {
    if (symbol.text.empty()) continue;
    if (symbol.token >= 0) {
      ids.push_back(symbol.token);
      after_unknown = false;
      continue;
    }
    std::vector<TokenId> bytes;
    if (options_.byte_fallback)
      for (const char byte : symbol.text)
        if (const auto id = find(fmt::format("<0x{:02X}>", static_cast<unsigned char>(byte)))) bytes.push_back(*id);
    if (!bytes.empty() && bytes.size() == symbol.text.size()) {
      ids.insert(ids.end(), bytes.begin(), bytes.end());
      after_unknown = false;
    } else if (options_.unknown && !(after_unknown && options_.fuse_unknown)) {
      ids.push_back(*options_.unknown);
      after_unknown = true;
    }
  }
}

}  // namespace qualm::generators::local
