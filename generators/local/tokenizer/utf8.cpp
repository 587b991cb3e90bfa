#include "generators/local/tokenizer/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace qualm::generators::local {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

unsigned byte_at(std::string_view text, std::size_t position) { return static_cast<unsigned char>(text[position]); }

// What the second byte after `lead` may be; a lead that begins no character has an empty range.
struct Lead {
  std::size_t length;
  unsigned second_least;
  unsigned second_most;
};

Lead lead_of(unsigned byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte < 0xF0) return {3, byte == 0xE0 ? 0xA0U : 0x80U, byte == 0xED ? 0x9FU : 0xBFU};
  if (byte < 0xF5) return {4, byte == 0xF0 ? 0x90U : 0x80U, byte == 0xF4 ? 0x8FU : 0xBFU};
  return {0, 0, 0};
}

// How many bytes from `position` agree with a well-formed character; at least 1.
std::size_t agreeing_bytes(std::string_view text, std::size_t position, const Lead& lead) {
  std::size_t count = 1;
  for (; count < lead.length && position + count < text.size(); ++count) {
    const unsigned byte = byte_at(text, position + count);
    const bool fits = count == 1 ? byte >= lead.second_least && byte <= lead.second_most : byte >= 0x80 && byte <= 0xBF;
    if (!fits) break;
  }
  return count;
}

}  // namespace

std::size_t utf8_length(std::string_view text, std::size_t position) {
  const Lead lead = lead_of(byte_at(text, position));
  return lead.length != 0 && agreeing_bytes(text, position, lead) == lead.length ? lead.length : 0;
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const Lead lead = lead_of(byte_at(bytes, i));
    const std::size_t agreeing = agreeing_bytes(bytes, i, lead);
    if (lead.length != 0 && agreeing == lead.length)
      text.append(bytes, i, agreeing);
    else
      text += replacement_character;
    i += agreeing;
  }
  return text;
}

std::string to_utf8(char32_t code_point) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes.data());
  return {bytes.begin(), bytes.begin() + length};
}

char32_t code_point_at(std::string_view text, std::size_t position, std::size_t length) {
  utf8proc_int32_t code_point = 0;
  const std::string_view character = text.substr(position, length);
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(character.data()),
                   static_cast<utf8proc_ssize_t>(character.size()), &code_point);
  return static_cast<char32_t>(code_point);
}

}  // namespace qualm::generators::local
