#pragma once

#include <cstdint>

namespace qualm::generators::local {

/// Bytes that this process can still take without swapping: the machine's available memory, and what its control group
/// leaves. Throws std::runtime_error where /proc/meminfo cannot be read.
[[nodiscard]] std::uint64_t available_memory();

}  // namespace qualm::generators::local
