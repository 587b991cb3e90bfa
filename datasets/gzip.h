#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace qualm::datasets {

/// No file of the formats here is larger than this once unpacked; a larger one is refused before it fills memory.
inline constexpr std::size_t maximum_unpacked_bytes = std::size_t{1} << 30;

/// One gzip member (RFC 1952) without a name or a time, so that equal contents give equal bytes.
[[nodiscard]] std::string gzip_compress(std::string_view contents);

/// Unpacks all members of `packed`. Throws InputError (naming `file`, and the byte where unpacking stopped) for a
/// truncated or damaged stream, bytes behind the last member, or more than maximum_unpacked_bytes.
[[nodiscard]] std::string gzip_decompress(std::string_view packed, const std::filesystem::path& file);

}  // namespace qualm::datasets
