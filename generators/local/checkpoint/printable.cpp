#include "generators/local/checkpoint/printable.h"

#include <fmt/format.h>

namespace qualm::generators::local {

std::string printable(std::string_view name) {
  constexpr std::size_t longest = 80;
  std::string text = "'";
  for (const char character : name.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte >= 0x7f)
      text += fmt::format("\\x{:02x}", byte);
    else
      text += character;
  }
  return text + (name.size() > longest ? "...'" : "'");
}

}  // namespace qualm::generators::local
