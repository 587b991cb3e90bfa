#define PCRE2_CODE_UNIT_WIDTH 8
#include "generators/local/tokenizer/regular_expression.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <stdexcept>

namespace qualm::generators::local {
namespace {

// Unicode's White_Space, which \s is to Oniguruma and Rust. PCRE2's has U+180E too, which is none since Unicode 6.3.
constexpr std::string_view white_space = "\\x{09}-\\x{0D}\\x{85}\\p{Z}";

std::string with_unicode_space(const std::string& pattern) {
  std::string translated;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char character = pattern[i];
    if (character == '\\' && i + 1 < pattern.size()) {
      const char escaped = pattern[++i];
      if (escaped == 's')
        translated += in_class ? std::string(white_space) : fmt::format("[{}]", white_space);
      else if (escaped == 'S' && !in_class)
        translated += fmt::format("[^{}]", white_space);
      else
        translated += {character, escaped};
      continue;
    }
    if (character == '[' && !in_class)
      in_class = true;
    else if (character == ']')
      in_class = false;
    translated += character;
  }
  return translated;
}

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

RegularExpression::RegularExpression(const std::string& pattern) {
  const std::string translated = with_unicode_space(pattern);
  int error = 0;
  PCRE2_SIZE place = 0;
  pcre2_code* const code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                                         PCRE2_UTF | PCRE2_UCP, &error, &place, nullptr);
  if (code == nullptr)
    throw std::invalid_argument(fmt::format("pattern {:?} at {}: {}", translated, place, message_of(error)));
  code_ = std::shared_ptr<const void>(code, [](const void* held) {
    pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(held)));
  });
  // Where there is no compiler for this processor the interpreter matches the same.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
}

RegularExpression RegularExpression::literal(const std::string& text) {
  std::string pattern;
  for (const char character : text)
    pattern += (static_cast<unsigned char>(character) < 0x80) ? fmt::format("\\x{:02x}", static_cast<unsigned char>(character))
                                                              : std::string(1, character);
  return RegularExpression(pattern);
}

std::vector<TextPart> RegularExpression::split(std::string_view text) const {
  const auto* const code = static_cast<const pcre2_code*>(code_.get());
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create_from_pattern(code, nullptr), pcre2_match_data_free);
  std::vector<TextPart> parts;
  std::size_t done = 0;
  std::size_t from = 0;
  std::uint32_t options = 0;  // the first call checks that all of the text is UTF-8
  while (from <= text.size()) {
    const auto match = [&](std::uint32_t more) {
      return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, options | more, data.get(), nullptr);
    };
    int found = match(0);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = match(PCRE2_NO_JIT);  // the interpreter keeps its stack on the heap
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) throw std::runtime_error("pre-tokenizer: " + message_of(found));
    options = PCRE2_NO_UTF_CHECK;
    const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(data.get());
    const std::size_t begin = ends[0];
    const std::size_t end = ends[1];
    if (end == begin) {  // nothing found here: try one character on
      from = end + 1;
      while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
      continue;
    }
    if (begin > done) parts.push_back({text.substr(done, begin - done), false});
    parts.push_back({text.substr(begin, end - begin), true});
    done = from = end;
  }
  if (done < text.size()) parts.push_back({text.substr(done), false});
  return parts;
}

}  // namespace qualm::generators::local
