#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/jail.h"

namespace qualm::sandbox {

/// What happens to a call of no table.
enum class Unlisted {
  recorded,  ///< the supervisor is notified, records the name and answers ENOSYS
  refused,   ///< the kernel answers ENOSYS by itself
};

/// The filter of a level as a BPF program. Throws SandboxError when libseccomp refuses a rule.
[[nodiscard]] std::vector<sock_filter> build_filter(Level level, Unlisted unlisted);

/// One call that waits for the supervisor's answer.
struct Notification {
  std::uint64_t id = 0;
  int process = 0;  ///< thread id in the harness's pid namespace
  int call = -1;    ///< number; -1: of a foreign architecture
  std::uint64_t arguments[2] = {};
};

/// Takes a waiting call from a filter's listener; std::nullopt when it has gone meanwhile.
[[nodiscard]] std::optional<Notification> receive_notification(int listener);
/// Answers it with an error, or lets the kernel carry it out (`error` 0).
void answer_notification(int listener, const Notification& notification, int error);

/// The name of a native system call; "call N" where libseccomp knows none.
[[nodiscard]] std::string call_name(int call);

}  // namespace qualm::sandbox
