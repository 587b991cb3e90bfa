#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace qualm::datasets {

/// The bytes of a regular file. Throws InputError with the system's reason.
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

/// Puts `contents` at `file`, whole or not at all: a temporary file beside it is written, synced and renamed, then the
/// folder is synced. The temporary name is the same at each try, so a killed writer's leftover is taken over by the
/// next. Throws OutputError; `file` is then as it was.
void write_file_atomically(const std::filesystem::path& file, std::string_view contents);

/// The name of the temporary file that write_file_atomically uses for `file`. It matches neither *.json nor *.json.gz.
[[nodiscard]] std::filesystem::path temporary_name(const std::filesystem::path& file);

}  // namespace qualm::datasets
