#include "generators/local/tokenizer/pipeline_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "generators/local/tokenizer/byte_level.h"
#include "generators/local/tokenizer/utf8.h"

namespace qualm::generators::local {
namespace {

constexpr std::string_view metaspace = "\xE2\x96\x81";

std::string with_spaces(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with(metaspace)) {
      result += ' ';
      i += metaspace.size();
    } else {
      result += text[i++];
    }
  }
  return result;
}

// The byte of a token <0xNN>.
std::optional<char> fallback_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
  unsigned byte = 0;
  for (const char digit : token.substr(3, 2)) {
    if (digit >= '0' && digit <= '9')
      byte = byte * 16 + static_cast<unsigned>(digit - '0');
    else if (digit >= 'A' && digit <= 'F')
      byte = byte * 16 + static_cast<unsigned>(digit - 'A') + 10;
    else
      return std::nullopt;
  }
  return static_cast<char>(byte);
}

}  // namespace

PipelineTokenizer::PipelineTokenizer(TokenizerStages stages) : stages_(std::move(stages)) {
  // Ids beyond the vocabulary by more than this are a damaged file, not a real vocabulary.
  constexpr std::int64_t most_added = 1 << 20;
  const auto base = static_cast<std::int64_t>(stages_.encoding.tokens().size());
  vocabulary_ = base;
  std::vector<AddedToken> raw;
  std::vector<AddedToken> normalized;
  for (AddedToken& token : stages_.added) {
    if (token.id < 0 || token.id >= base + most_added)
      throw std::invalid_argument(
          fmt::format("added token {:?} has id {}, outside the vocabulary of {}", token.text, token.id, base));
    vocabulary_ = std::max<std::int64_t>(vocabulary_, token.id + 1);
    added_by_id_.emplace(token.id, token);
    if (token.normalized) {
      AddedToken changed = token;
      changed.text = stages_.normalizer.normalize(token.text);
      normalized.push_back(std::move(changed));
    } else {
      raw.push_back(token);
    }
  }
  for (const auto* const around : {&stages_.before, &stages_.after})
    for (const TokenId id : *around)
      if (id < 0 || id >= vocabulary_)
        throw std::invalid_argument(
            fmt::format("token id {}, to be put around every text, is outside the vocabulary of {}", id, vocabulary_));
  raw_added_ = AddedTokens(std::move(raw));
  normalized_added_ = AddedTokens(std::move(normalized));
}

void PipelineTokenizer::encode_part(std::string_view text, bool at_start, std::vector<TokenId>& ids) const {
  const std::string normalized = stages_.normalizer.normalize(text);
  for (const AddedTokenPart& part : normalized_added_.split(normalized)) {
    if (part.token) {
      ids.push_back(*part.token);
    } else {
      const bool first = at_start && part.text.data() == normalized.data();
      for (const std::string& word : stages_.pre_tokenizer.split(part.text, first)) stages_.encoding.encode(word, ids);
    }
  }
}

std::vector<TokenId> PipelineTokenizer::encode(std::string_view text, bool add_special) const {
  std::vector<TokenId> ids;
  if (add_special) ids = stages_.before;
  for (const AddedTokenPart& part : raw_added_.split(text)) {
    if (part.token)
      ids.push_back(*part.token);
    else
      encode_part(part.text, part.text.data() == text.data(), ids);
  }
  if (add_special) ids.insert(ids.end(), stages_.after.begin(), stages_.after.end());
  return ids;
}

void PipelineTokenizer::check(TokenId id) const {
  if (id < 0 || id >= vocabulary_)
    throw std::out_of_range(fmt::format("token id {} is outside the vocabulary of {}", id, vocabulary_));
}

std::string PipelineTokenizer::text_of(TokenId id) const {
  check(id);
  if (const auto added = added_by_id_.find(id); added != added_by_id_.end()) return added->second.text;
  const auto& tokens = stages_.encoding.tokens();
  if (static_cast<std::size_t>(id) >= tokens.size()) return {};  // a hole between the vocabulary and the added tokens
  const std::string& token = tokens[static_cast<std::size_t>(id)];
  if (stages_.text.kind == TokenText::Kind::byte_level) return alphabet_to_bytes(token).value_or(token);
  if (const auto byte = fallback_byte(token)) return std::string(1, *byte);
  return with_spaces(token);
}

std::string PipelineTokenizer::bytes_of(TokenId id) const { return is_special(id) ? std::string() : text_of(id); }

bool PipelineTokenizer::is_special(TokenId id) const {
  check(id);
  const auto added = added_by_id_.find(id);
  return added != added_by_id_.end() && added->second.special;
}

std::string PipelineTokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  std::string bytes;
  bool first = true;
  for (const TokenId id : ids) {
    check(id);
    if (skip_special && is_special(id)) continue;
    std::string text = text_of(id);
    if (first && stages_.text.strip_first_space && text.starts_with(' ') && !added_by_id_.contains(id))
      text.erase(0, 1);
    first = false;
    bytes += text;
  }
  return replace_invalid_utf8(bytes);
}

}  // namespace qualm::generators::local
