#pragma once

#include <sys/types.h>

#include <stop_token>

#include "sandbox/cgroup.h"
#include "sandbox/control.h"
#include "sandbox/descriptor.h"
#include "sandbox/plan.h"
#include "sandbox/turns.h"

namespace qualm::sandbox {

/// The harness's ends of a started jail.
struct StartedJail {
  pid_t init = -1;
  Descriptor init_handle;  ///< pidfd: readable when the whole tree is gone
  Descriptor control;
  Descriptor standard_output;  ///< non-blocking read ends
  Descriptor standard_error;
};

/// Sees a started jail to its end: drains its output, keeps its limits, kills and reaps its tree.
/// Throws SandboxError when a step of the confinement or the exec failed, Cancelled when `stop` was requested before
/// the program's end; the tree is gone then too.
/// `cgroup` may be null: the supervisor then measures the tree itself. `turn` is given back when the program has ended.
[[nodiscard]] Outcome supervise(StartedJail& jail, const Plan& plan, const Command& command, const Cgroup* cgroup,
                                Turns::Turn turn, const std::stop_token& stop);

/// Throws the SandboxError of a message of Kind::failed: the step, what it was about, the reason and the remedy.
[[noreturn]] void report_failure(const ControlMessage& message, const Plan& plan, const Command& command);

}  // namespace qualm::sandbox
