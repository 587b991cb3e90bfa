#include "generators/local/tokenizer/byte_level.h"

#include <array>
#include <unordered_map>

#include "generators/local/tokenizer/utf8.h"

namespace qualm::generators::local {
namespace {

struct Alphabet {
  std::array<std::string, 256> characters;
  std::unordered_map<char32_t, unsigned char> bytes;

  Alphabet() {
    char32_t next_free = 256;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      const char32_t code_point = printable ? byte : next_free++;
      characters.at(byte) = to_utf8(code_point);
      bytes.emplace(code_point, static_cast<unsigned char>(byte));
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet table;
  return table;
}

}  // namespace

std::string bytes_to_alphabet(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += alphabet().characters.at(static_cast<unsigned char>(byte));
  return text;
}

std::optional<std::string> alphabet_to_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return std::nullopt;
    const auto found = alphabet().bytes.find(code_point_at(text, i, length));
    if (found == alphabet().bytes.end()) return std::nullopt;
    bytes += static_cast<char>(found->second);
    i += length;
  }
  return bytes;
}

}  // namespace qualm::generators::local
