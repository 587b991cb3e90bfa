#define PCRE2_CODE_UNIT_WIDTH 8
#include "generators/local/tokenizer/regular_expression.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <map>
#include <optional>
#include <stdexcept>

namespace qualm::generators::local {
namespace {

// What Oniguruma's classes hold, as parts of a PCRE2 class. White_Space: PCRE2's \s has U+180E too, which is none since
// Unicode 6.3. Word: Unicode technical standard 18, annex C; outside a class also Latin-1's superscripts and fractions.
constexpr std::string_view white_space = "\\x{09}-\\x{0D}\\x{85}\\p{Z}";
constexpr std::string_view word = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
constexpr std::string_view lone_word = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{B2}\\x{B3}\\x{B9}\\x{BC}-\\x{BE}";
constexpr std::string_view hexadecimal = "0-9A-Fa-f";

std::optional<std::string_view> class_of(char escaped) {
  switch (escaped) {
    case 's':
    case 'S': return white_space;
    case 'w':
    case 'W': return word;
    case 'h':
    case 'H': return hexadecimal;
    default: return std::nullopt;
  }
}

// Negated classes inside a class, as parts of a class that is not negated, PCRE2 cannot write.
std::string in_brackets(char escaped) {
  if (const auto members = class_of(escaped)) {
    if (escaped >= 'a') return std::string(*members);
    if (escaped == 'S') return "\\S\\x{180E}";
    throw std::invalid_argument(fmt::format("\\{} inside a class is not known", escaped));
  }
  return {'\\', escaped};
}

std::string outside_brackets(char escaped) {
  if (const auto members = class_of(escaped))
    return fmt::format("[{}{}]", escaped >= 'a' ? "" : "^", *members == word ? lone_word : *members);
  if (escaped == 'X') throw std::invalid_argument("\\X is not known: it depends on the version of Unicode");
  if (escaped == 'b') return fmt::format("(?:(?<=[{0}])(?![{0}])|(?<![{0}])(?=[{0}]))", lone_word);
  if (escaped == 'B') return fmt::format("(?:(?<=[{0}])(?=[{0}])|(?<![{0}])(?![{0}]))", lone_word);
  return {'\\', escaped};
}

// How many characters from `begin` are a range quantifier, {n,m} or the like; 0 where there is none.
std::size_t range_quantifier(std::string_view pattern, std::size_t begin) {
  const std::size_t end = pattern.find_first_not_of("0123456789,", begin + 1);
  return end != std::string_view::npos && pattern[end] == '}' && end > begin + 1 ? end + 1 - begin : 0;
}

// The end of the POSIX class that begins at `begin` inside a class, and its members.
std::pair<std::size_t, std::string_view> posix_class(std::string_view pattern, std::size_t begin) {
  static const std::map<std::string_view, std::string_view> known = {{"alpha", "\\p{Alphabetic}"},
                                                                     {"digit", "\\p{Nd}"},
                                                                     {"alnum", "\\p{Alphabetic}\\p{Nd}"},
                                                                     {"upper", "\\p{Uppercase}"},
                                                                     {"lower", "\\p{Lowercase}"},
                                                                     {"space", white_space},
                                                                     {"word", word},
                                                                     {"xdigit", hexadecimal}};
  const std::size_t end = pattern.substr(begin).starts_with("[:") ? pattern.find(":]", begin) : std::string_view::npos;
  if (end != std::string_view::npos)
    if (const auto found = known.find(pattern.substr(begin + 2, end - begin - 2)); found != known.end())
      return {end + 2, found->second};
  throw std::invalid_argument("a class inside a class is not known");
}

// A pattern of Oniguruma's Ruby syntax for PCRE2. What PCRE2 would read otherwise and has no words for is refused.
std::string translated(std::string_view pattern) {
  std::string result;
  bool in_class = false;
  std::size_t atom = 0;             // where in the result that begins which a quantifier would repeat
  std::vector<std::size_t> groups;  // where the open groups begin
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char character = pattern[i];
    const std::size_t before = result.size();
    if (character == '\\' && i + 1 < pattern.size()) {
      const char escaped = pattern[++i];
      const bool named =
          std::string_view("pPxkg").find(escaped) != std::string_view::npos && pattern.substr(i + 1).starts_with('{');
      const std::size_t end = named ? pattern.find('}', i) : std::string_view::npos;
      if (end != std::string_view::npos) {  // \p{L}, \x{85}
        result += pattern.substr(i - 1, end - i + 2);
        i = end;
      } else {
        result += in_class ? in_brackets(escaped) : outside_brackets(escaped);
      }
      if (!in_class) atom = before;
    } else if (character == '[' && in_class) {
      const auto [end, members] = posix_class(pattern, i);
      result += members;
      i = end - 1;
    } else if (in_class && pattern.substr(i).starts_with("&&")) {
      throw std::invalid_argument("an intersection of classes is not known");
    } else if (const std::size_t length = !in_class && character == '{' ? range_quantifier(pattern, i) : 0;
               length != 0) {
      result += pattern.substr(i, length);
      i += length - 1;
      if (i + 1 < pattern.size() &&
          pattern[i + 1] == '+') {  // repeats the range in Ruby's syntax, is possessive in Perl's
        result.insert(atom, "(?:");
        result += ")+";
        ++i;
      }
    } else if (!in_class && pattern.substr(i).starts_with("(?m")) {
      groups.push_back(before);
      result += "(?s";  // "." takes the end of a line too
      i += 2;
    } else {
      if (!in_class && character == ')' && !groups.empty()) {
        atom = groups.back();
        groups.pop_back();
      } else if (!in_class) {
        atom = before;
        if (character == '(') groups.push_back(before);
      }
      if (character == '[')
        in_class = true;
      else if (character == ']')
        in_class = false;
      result += character;
    }
  }
  return result;
}

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

RegularExpression::RegularExpression(const std::string& pattern) {
  const std::string for_pcre2 = translated(pattern);
  int error = 0;
  PCRE2_SIZE place = 0;
  pcre2_code* const code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(for_pcre2.data()), for_pcre2.size(),
                                         PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &error, &place, nullptr);
  if (code == nullptr)
    throw std::invalid_argument(fmt::format("pattern {:?} at {}: {}", for_pcre2, place, message_of(error)));
  code_ = std::shared_ptr<const void>(
      code, [](const void* held) { pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(held))); });
  // Where there is no compiler for this processor the interpreter matches the same.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
}

RegularExpression RegularExpression::literal(const std::string& text) {
  std::string pattern;
  for (const char character : text)
    pattern += (static_cast<unsigned char>(character) < 0x80)
                   ? fmt::format("\\x{:02x}", static_cast<unsigned char>(character))
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
      return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, options | more, data.get(),
                         nullptr);
    };
    int found = match(0);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT)
      found = match(PCRE2_NO_JIT);  // the interpreter keeps its stack on the heap
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) throw std::runtime_error("pre-tokenizer: " + message_of(found));
    options = PCRE2_NO_UTF_CHECK;
    const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(data.get());
    const std::size_t begin = ends[0];
    const std::size_t end = ends[1];
    if (end == begin) {  // go on one character later
      from = end + 1;
      while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
      if (end == done && done != 0) continue;  // an empty one right behind a find is none
    } else {
      from = end;
    }
    if (begin > done) parts.push_back({text.substr(done, begin - done), false});
    parts.push_back({text.substr(begin, end - begin), true});
    done = end;
  }
  if (done < text.size()) parts.push_back({text.substr(done), false});
  return parts;
}

}  // namespace qualm::generators::local
