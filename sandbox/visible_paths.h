#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/plan.h"

namespace qualm::sandbox {

/// What has to be mounted and linked so that each wanted path leads inside the jail where it leads outside.
struct VisibleTree {
  std::vector<VisibleLink> links;   ///< outermost first
  std::vector<MountPoint> mounted;  ///< sorted, none inside another
};

/// Resolves the links on the way to each path. Throws SandboxError for a path that is not absolute, does not exist or
/// is the root directory.
[[nodiscard]] VisibleTree resolve_visible(const std::vector<std::filesystem::path>& wanted);

}  // namespace qualm::sandbox
