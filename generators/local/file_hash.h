#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace qualm::generators::local {

/// What identifies a model's weights: the SHA-256 of its file in hexadecimal, as sha256sum prints it; of several files,
/// the SHA-256 of the lines "HASH  NAME\n" in the order of names, as sha256sum prints them. Throws std::runtime_error
/// for a file that cannot be read.
[[nodiscard]] std::string hash_of_files(std::vector<std::filesystem::path> files);

}  // namespace qualm::generators::local
