#include "generators/local/tokenizer/added_tokens.h"

#include <utf8proc.h>

#include <algorithm>
#include <tuple>

#include "generators/local/tokenizer/utf8.h"

namespace qualm::generators::local {
namespace {

std::size_t first_byte(const std::string& text) { return static_cast<unsigned char>(text.front()); }

std::size_t character_before(std::string_view text, std::size_t end) {
  std::size_t begin = end - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
  return begin;
}

bool is_space(char32_t code_point) {
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
  return (code_point >= 9 && code_point <= 13) || code_point == 0x85 || category == UTF8PROC_CATEGORY_ZS ||
         category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

// \w of Rust's regex, which HF's tokenizers use: alphabetic, marks, decimal digits, connectors, and the two joiners.
bool is_word(char32_t code_point) {
  const auto is_between = [&](char32_t first, char32_t last) { return code_point >= first && code_point <= last; };
  // Letters in circles and squares are symbols that count as alphabetic.
  if (is_between(0x200C, 0x200D) || is_between(0x24B6, 0x24E9) || is_between(0x1F130, 0x1F149) ||
      is_between(0x1F150, 0x1F169) || is_between(0x1F170, 0x1F189))
    return true;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC: return true;
    default: return false;
  }
}

template <typename Test>
bool test_before(std::string_view text, std::size_t end, Test test) {
  if (end == 0) return false;
  const std::size_t begin = character_before(text, end);
  const std::size_t length = utf8_length(text, begin);
  return length != 0 && test(code_point_at(text, begin, length));
}

template <typename Test>
bool test_at(std::string_view text, std::size_t begin, Test test) {
  if (begin >= text.size()) return false;
  const std::size_t length = utf8_length(text, begin);
  return length != 0 && test(code_point_at(text, begin, length));
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)), by_first_byte_(256, {0, 0}) {
  std::erase_if(tokens_, [](const AddedToken& token) { return token.text.empty(); });
  std::ranges::stable_sort(tokens_, [](const AddedToken& a, const AddedToken& b) {
    return std::tuple(first_byte(a.text), b.text.size()) < std::tuple(first_byte(b.text), a.text.size());
  });
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    auto& [begin, end] = by_first_byte_[first_byte(tokens_[i].text)];
    if (begin == end) begin = i;
    end = i + 1;
  }
}

const AddedToken* AddedTokens::longest_at(std::string_view text, std::size_t position) const {
  const auto [begin, end] = by_first_byte_[static_cast<unsigned char>(text[position])];
  for (std::size_t i = begin; i < end; ++i)
    if (text.substr(position).starts_with(tokens_[i].text)) return &tokens_[i];
  return nullptr;
}

std::vector<AddedTokenPart> AddedTokens::split(std::string_view text) const {
  std::vector<AddedTokenPart> parts;
  std::size_t done = 0;
  if (!tokens_.empty())
    for (std::size_t i = 0; i < text.size();) {
      const AddedToken* const token = longest_at(text, i);
      if (token == nullptr) {
        ++i;
        continue;
      }
      std::size_t begin = i;
      std::size_t end = i + token->text.size();
      i = end;
      if (token->single_word && (test_before(text, begin, is_word) || test_at(text, end, is_word))) continue;
      if (token->left_strip)
        while (begin > done && test_before(text, begin, is_space)) begin = character_before(text, begin);
      if (token->right_strip)
        while (test_at(text, end, is_space)) end += utf8_length(text, end);
      i = end;
      if (begin > done) parts.push_back({text.substr(done, begin - done), std::nullopt});
      parts.push_back({text.substr(begin, end - begin), token->id});
      done = end;
    }
  if (done < text.size()) parts.push_back({text.substr(done), std::nullopt});
  return parts;
}

}  // namespace qualm::generators::local
