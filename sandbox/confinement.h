#pragma once

#include "sandbox/plan.h"

namespace qualm::sandbox {

/// The descriptors a jail's first process starts with, all of them the harness's own numbers.
struct InheritedDescriptors {
  int control = -1;
  int standard_input = -1;
  int standard_output = -1;
  int standard_error = -1;
};

/// The life of a jail's first process. Runs in a clone of the harness: async-signal-safe, never returns.
[[noreturn]] void run_init(const Plan& plan, const InheritedDescriptors& inherited);

}  // namespace qualm::sandbox
