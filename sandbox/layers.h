#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sandbox/cgroup.h"
#include "sandbox/jail.h"

namespace qualm::sandbox {

/// A layer, tried on this machine.
struct LayerTrial {
  LayerReport report;
  bool needed_by_full = false;
  bool needed_by_no_proc = false;
  bool needed_by_seccomp = false;

  [[nodiscard]] bool needed_by(Level level) const {
    return level == Level::full ? needed_by_full : level == Level::no_proc ? needed_by_no_proc : needed_by_seccomp;
  }
};

/// Tries each kernel layer once in a short-lived process.
[[nodiscard]] std::vector<LayerTrial> try_layers();

/// Whether a filter can notify the supervisor of calls.
[[nodiscard]] bool can_notify();

/// Reports on the cgroup places that were found.
[[nodiscard]] std::vector<LayerReport> report_cgroups(const CgroupPlaces& places);

}  // namespace qualm::sandbox
