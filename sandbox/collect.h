#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/jail.h"

namespace qualm::sandbox {

/// Reads the regular files under `directory` whose name ends in `suffix`, up to `limit_bytes` together; the rest is
/// left. The directory's contents are a hostile program's: links are not followed, only files with one name are read.
[[nodiscard]] std::vector<File> collect_files(int directory, const std::string& suffix, std::uint64_t limit_bytes);

}  // namespace qualm::sandbox
