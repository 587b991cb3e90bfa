#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qualm::generators::local {

/// GPT-2's printable alphabet of bytes (Radford et al. 2019, encoder.py's bytes_to_unicode): every byte is one
/// character, so that a vocabulary of texts covers all byte strings.
[[nodiscard]] std::string bytes_to_alphabet(std::string_view bytes);

/// The bytes that `text` stands for; std::nullopt where a character is not of the alphabet.
[[nodiscard]] std::optional<std::string> alphabet_to_bytes(std::string_view text);

}  // namespace qualm::generators::local
