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

/// What a zygote's child does where another program execs; has to end the process.
using Continuation = void (*)(void* argument);

/// The life of a jail's first process. Runs in a clone of the harness or of a zygote: async-signal-safe, never returns.
/// Without a continuation the program is exec'd.
[[noreturn]] void run_init(const Plan& plan, const InheritedDescriptors& inherited, Continuation go_on = nullptr,
                           void* argument = nullptr);

}  // namespace qualm::sandbox
