#pragma once

#include <sys/resource.h>

#include <array>
#include <cstdint>

#include "sandbox/descriptor.h"

namespace qualm::sandbox {

/// The steps of confinement, for naming the one that failed. The order is that of confinement.cpp.
enum class Step : std::uint32_t {
  start,
  descriptors,
  session,
  sources,
  identity,
  root,
  devices,
  proc,
  mount_points,
  links,
  pivot,
  host_name,
  scratch,
  files,
  capabilities,
  fork,
  death_signal,
  limits,
  no_new_privileges,
  filter,
  execute,
};

[[nodiscard]] const char* to_string(Step step);

/// One packet of the control socket between a jail's processes and the supervisor.
struct ControlMessage {
  enum class Kind : std::uint32_t {
    proceed,   ///< supervisor -> init: the identity maps and the cgroup are in place
    scratch,   ///< init -> supervisor, with the scratch directory's descriptor
    starting,  ///< program -> supervisor just before exec, with the filter's listener where there is one
    failed,    ///< init or program -> supervisor: a step failed, the program has not run
    ended,     ///< init -> supervisor: the program (not yet all of its tree) ended
  };
  Kind kind = Kind::failed;
  Step step = Step::start;
  std::int32_t error = 0;        ///< errno of a failed step
  std::int32_t item = -1;        ///< index of the path or file the step was about; -1: none
  std::int32_t wait_status = 0;  ///< of the program, as wait(2) gives it
  std::int64_t own_cpu_us = 0;   ///< what init itself has used for the set-up
  std::int64_t peak_kib = 0;     ///< largest resident set of the processes reaped
};

/// Sends one packet, with a descriptor where `attached` >= 0. Async-signal-safe. False with errno set on failure.
bool send_message(int socket, const ControlMessage& message, int attached = -1);

/// Where the control socket is in a jail's processes, until exec closes it.
inline constexpr int kControlDescriptor = 3;

/// Reports errno for a step to the supervisor and ends the process: the program is never run without the step.
[[noreturn]] void fail_step(Step step, int item = -1);

inline void require_step(bool succeeded, Step step, int item = -1) {
  if (!succeeded) {
    fail_step(step, item);
  }
}

/// What receive_message found.
enum class Received { message, nothing, closed };

/// Receives one packet without waiting. A packet of the wrong size counts as closed.
Received receive_message(int socket, ControlMessage& message, Descriptor& attached);

}  // namespace qualm::sandbox
