#pragma once

#include <cstdint>

namespace qualm::harness {

/// Processors this process may use (affinity counted in), at least 1.
[[nodiscard]] unsigned available_processors();

/// Bytes of memory that can be taken without swapping: the kernel's MemAvailable, and no more than what the cgroup of
/// this process leaves. Throws std::runtime_error where /proc/meminfo cannot be read.
[[nodiscard]] std::uint64_t available_memory_bytes();

}  // namespace qualm::harness
