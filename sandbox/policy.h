#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sandbox/jail.h"

namespace qualm::sandbox {

/// A set of system calls and why its members are allowed or refused.
struct CallGroup {
  const char* reason;
  std::span<const char* const> calls;
};

/// How one argument (counted from 0) has to look: (argument & mask) == value.
struct ArgumentRule {
  const char* reason;
  const char* call;
  unsigned argument;
  std::uint64_t mask;
  std::uint64_t value;
};

/// Allowed whatever their arguments. Everything in no table is refused with ENOSYS and recorded.
[[nodiscard]] std::span<const CallGroup> allowed_calls();
/// Allowed at the levels with a pid namespace only: they name other processes.
[[nodiscard]] std::span<const CallGroup> calls_allowed_in_namespaces();
/// Refused with EPERM: known ways out, and ways to learn or change what is not the program's.
[[nodiscard]] std::span<const CallGroup> refused_calls();
/// Allowed when an argument matches; where several rules name one call, any of them suffices.
[[nodiscard]] std::span<const ArgumentRule> allowed_arguments();
/// The same, for what differs between levels with and without namespaces.
[[nodiscard]] std::span<const ArgumentRule> allowed_arguments(Level level);
/// Refused with EPERM when an argument matches.
[[nodiscard]] std::span<const ArgumentRule> refused_arguments();
/// Calls with one rule in allowed_arguments whose every other use is refused with EPERM.
[[nodiscard]] std::span<const char* const> refused_otherwise();

/// What the root directory of a jail holds beside Command::visible.
struct DeviceRow {
  const char* name;  ///< in /dev
  const char* reason;
};
[[nodiscard]] std::span<const DeviceRow> devices();

/// A symbolic link; a null target stands for the scratch directory.
struct LinkRow {
  const char* path;
  const char* target;
  const char* reason;
};
[[nodiscard]] std::span<const LinkRow> links();

/// Files of the host's /proc that level no_proc copies, all that Python and the JVM ask for.
[[nodiscard]] std::span<const char* const> copied_proc_files();

/// Files of /proc, relative to it, that show an empty file instead.
[[nodiscard]] std::span<const char* const> masked_proc_files();

/// Distinct names of unlisted calls kept for Outcome::refused_calls.
inline constexpr std::size_t kRefusedCallsKept = 16;
/// Unlisted calls that are looked at one by one; from then on the kernel answers ENOSYS by itself.
inline constexpr int kNotificationsLimit = 256;
/// The same at Level::seccomp, where each signal is looked at.
inline constexpr int kSignalsLimit = 100'000;
/// Size of the root file system, which holds nothing but mount points and links.
inline constexpr const char* kRootBytes = "4194304";
inline constexpr const char* kRootInodes = "4096";
inline constexpr const char* kHostName = "jail";
/// The identity of every program.
inline constexpr unsigned kNobody = 65534;

}  // namespace qualm::sandbox
