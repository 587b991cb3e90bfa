#include "generators/local/completion_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace qualm::generators::local {
namespace {

// Length of the well-formed character at the start of `bytes`, else 0 and `bad` is the length of the ill-formed part
// (the Unicode Standard, table 3-7).
std::size_t character(std::string_view bytes, std::size_t& bad) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t lead = at(0);
  bad = 1;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  std::uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i, low = 0x80, high = 0xBF) {
    bad = i;
    if (i >= bytes.size() || at(i) < low || at(i) > high) return 0;
  }
  return length;
}

// White space beyond ASCII in UTF-8: U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
constexpr std::array<std::string_view, 19> kWideSpaces{
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1C' && c <= '\x1F'); }

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    std::size_t bad = 0;
    const std::size_t length = character(bytes, bad);
    if (length > 0)
      text += bytes.substr(0, length);
    else
      text += "\xEF\xBF\xBD";
    bytes.remove_prefix(length > 0 ? length : bad);
  }
  return text;
}

std::string_view stripped(std::string_view text) {
  const auto strip_front = [&] {
    if (!text.empty() && is_space(text.front())) return text.remove_prefix(1), true;
    for (const std::string_view space : kWideSpaces)
      if (text.starts_with(space)) return text.remove_prefix(space.size()), true;
    return false;
  };
  const auto strip_back = [&] {
    if (!text.empty() && is_space(text.back())) return text.remove_suffix(1), true;
    for (const std::string_view space : kWideSpaces)
      if (text.ends_with(space)) return text.remove_suffix(space.size()), true;
    return false;
  };
  while (strip_front()) {
  }
  while (strip_back()) {
  }
  return text;
}

CompletionText::CompletionText(const std::vector<std::string>& stop_strings) {
  for (const std::string& stop : stop_strings) {
    if (stop.empty()) continue;
    stop_strings_.push_back(stop);
    longest_ = std::max(longest_, stop.size());
  }
}

bool CompletionText::append(std::string_view bytes) {
  // A new occurrence ends in the new bytes.
  const std::size_t from = bytes_.size() < longest_ ? 0 : bytes_.size() - longest_ + 1;
  bytes_ += bytes;
  for (const std::string& stop : stop_strings_) end_ = std::min(end_, bytes_.find(stop, from));
  return end_ != std::string::npos;
}

}  // namespace qualm::generators::local
