#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sandbox/plan.h"

namespace qualm::sandbox {

/// A plan that owns what it refers to, as a zygote keeps it while it makes one jail.
struct ReceivedPlan {
  Command command;  ///< files only
  std::vector<sock_filter> filter;
  std::vector<File> proc_files;
  std::unique_ptr<Plan> plan;
};

/// A plan as bytes for a zygote on this machine and of this build. Arguments and environment are left out: a zygote's
/// child does not exec.
[[nodiscard]] std::string to_wire(const Plan& plan);

/// The reverse. Throws SandboxError for bytes that are not a whole plan.
[[nodiscard]] ReceivedPlan from_wire(std::string_view bytes);

}  // namespace qualm::sandbox
