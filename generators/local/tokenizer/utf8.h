#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qualm::generators::local {

/// Bytes of the UTF-8 character that begins at `position`: 1 to 4; 0 where no well-formed one does (Unicode 15, table
/// 3-7).
[[nodiscard]] std::size_t utf8_length(std::string_view text, std::size_t position);

/// `bytes` with every maximal ill-formed subpart replaced by U+FFFD (Unicode 15, section 3.9).
[[nodiscard]] std::string replace_invalid_utf8(std::string_view bytes);

/// One code point as UTF-8.
[[nodiscard]] std::string to_utf8(char32_t code_point);

/// The code point of the well-formed character of `length` bytes at `position`.
[[nodiscard]] char32_t code_point_at(std::string_view text, std::size_t position, std::size_t length);

}  // namespace qualm::generators::local
