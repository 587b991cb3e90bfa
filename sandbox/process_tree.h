#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

namespace qualm::sandbox {

/// What the living processes below a jail's init use, from the host's /proc.
struct TreeUse {
  std::uint64_t resident_bytes = 0;  ///< sum over the processes: pages that several share count several times
  std::chrono::microseconds cpu{0};  ///< with what ended and reaped descendants used; ticks of 10 ms
  unsigned processes = 0;
};
[[nodiscard]] TreeUse measure_tree(pid_t init);

/// How long the living threads below a jail's init, all together, were ready to run and had no processor.
[[nodiscard]] std::chrono::microseconds waited_for_processor(pid_t init);

/// As TreeUse::resident_bytes, with shared pages counted once; slow.
[[nodiscard]] std::uint64_t proportional_tree_bytes(pid_t init);

/// Kills everything below init, where no namespace does it. First all are stopped, so that they fill the process limit
/// and can start no others; only then are they killed.
void kill_tree(pid_t init);

/// Whether `process` (or thread) is below `ancestor`, which itself is not.
[[nodiscard]] bool descends_from(pid_t process, pid_t ancestor);

/// Threads of all processes of the user, for a limit that counts them.
[[nodiscard]] std::uint64_t count_threads_of(uid_t user);

}  // namespace qualm::sandbox
