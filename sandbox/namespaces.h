#pragma once

#include "sandbox/plan.h"

namespace qualm::sandbox {

/// The namespaces of Level::full and Level::no_proc, as flags of clone(2).
[[nodiscard]] std::uint64_t namespace_flags();

/// Whether this process can give a jail the host's nobody: root with the right to change identity, where nobody exists.
[[nodiscard]] bool can_become_nobody();

/// Writes the identity maps of a process that waits in a new user namespace: nobody inside is the host's nobody, or
/// the harness's own user. Throws SandboxError.
void write_identity_maps(pid_t process, bool started_as_root);

/// Takes on nobody's identity; the capabilities of a new user namespace stay. Async-signal-safe.
void become_nobody();

/// Builds the jail's root directory and makes it this process's. Runs in the new namespaces with every capability
/// there, starts with the harness's identity (which may be the only one that can reach the visible paths) and ends as
/// nobody. Async-signal-safe; a failed step ends the process.
void enter_root(const Plan& plan);

/// Makes the root directory of the jails of `plan`'s paths once, in a mount namespace of this process's own that shows
/// nothing but it and /proc: with Plan::root_is_prepared, enter_root then copies it. For a zygote that was started as
/// root. A failed step ends the process, as in a jail.
void enter_zygote_root(const Plan& plan);

/// Gives up every capability for good and hides this process from the program. Async-signal-safe.
void drop_capabilities();

}  // namespace qualm::sandbox
