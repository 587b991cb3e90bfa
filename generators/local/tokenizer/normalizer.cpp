#include "generators/local/tokenizer/normalizer.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "generators/local/tokenizer/utf8.h"

namespace qualm::generators::local {
namespace {

utf8proc_option_t options_of(UnicodeForm form) {
  unsigned options = UTF8PROC_STABLE;
  if (form == UnicodeForm::nfc || form == UnicodeForm::nfkc) options |= UTF8PROC_COMPOSE;
  if (form == UnicodeForm::nfd || form == UnicodeForm::nfkd) options |= UTF8PROC_DECOMPOSE;
  if (form == UnicodeForm::nfkc || form == UnicodeForm::nfkd) options |= UTF8PROC_COMPAT;
  return static_cast<utf8proc_option_t>(options);
}

std::string normalized_by(UnicodeForm form, std::string_view text) {
  utf8proc_uint8_t* normalized = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &normalized, options_of(form));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(normalized, std::free);
  if (length < 0) throw std::runtime_error(fmt::format("Unicode normalization: {}", utf8proc_errmsg(length)));
  return {reinterpret_cast<const char*>(normalized), static_cast<std::size_t>(length)};
}

std::string normalized_by(const ReplaceStep& step, std::string_view text) {
  std::string result;
  for (const TextPart& part : step.pattern.split(text))
    result += part.is_match ? std::string_view(step.replacement) : part.text;
  return result;
}

std::string normalized_by(const PrependStep& step, std::string_view text) {
  return text.empty() ? std::string() : step.text + std::string(text);
}

std::string normalized_by(LowercaseStep, std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) throw std::runtime_error("the text is not UTF-8");
    const char32_t code_point = code_point_at(text, i, length);
    if (code_point == 0x130)
      result += "i\xCC\x87";  // the only one that becomes two characters (Unicode's SpecialCasing)
    else
      result += to_utf8(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point))));
    i += length;
  }
  return result;
}

std::string normalized_by(const StripStep& step, std::string_view text) {
  static const RegularExpression left("\\A\\s+");
  static const RegularExpression right("\\s+\\z");
  std::string result(text);
  if (step.left) result = normalized_by(ReplaceStep{left, ""}, result);
  if (step.right) result = normalized_by(ReplaceStep{right, ""}, result);
  return result;
}

}  // namespace

std::string Normalizer::normalize(std::string_view text) const {
  std::string result(text);
  for (const NormalizerStep& step : steps_)
    result = std::visit([&](const auto& kind) { return normalized_by(kind, result); }, step);
  return result;
}

}  // namespace qualm::generators::local
