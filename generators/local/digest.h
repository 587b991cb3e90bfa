#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace qualm::generators::local {

/// SHA-256 (libcrypto). Throws std::runtime_error where the library refuses.
[[nodiscard]] std::array<std::uint8_t, 32> sha256(std::string_view bytes);

/// What identifies a model's weights: the SHA-256 of its file in hexadecimal, as sha256sum prints it; of several files,
/// the SHA-256 of the lines "HASH  NAME\n" in the order of names, as sha256sum prints them. Throws std::runtime_error for
/// a file that cannot be read.
[[nodiscard]] std::string hash_of_files(std::vector<std::filesystem::path> files);

}  // namespace qualm::generators::local
