#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/descriptor.h"
#include "sandbox/jail.h"

namespace qualm::sandbox {

/// Where subgroups can be made: one directory a controller (v1), or one for all (v2).
struct CgroupPlaces {
  int version = 0;               ///< 1, 2, or 0 where none is writable
  std::filesystem::path memory;  ///< empty: this controller cannot be had
  std::filesystem::path pids;
  std::filesystem::path cpu;
  std::string why_not;  ///< what was tried, where a controller is missing
};

/// Looks for writable hierarchies of this process, nearest group first. Makes and removes a trial subgroup.
[[nodiscard]] CgroupPlaces find_cgroups();

/// The subgroups of one run, or of a zygote's runs one after another; removed with the object, which has to outlive the
/// processes.
class Cgroup {
 public:
  /// Makes the subgroups and writes the limits; `helpers` processes are allowed beside the program's. Throws
  /// SandboxError when a place found before refuses now.
  Cgroup(const CgroupPlaces& places, const Limits& limits, std::uint32_t helpers = 1);
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  /// Moves a process in; its children follow.
  void add(pid_t process) const;

  /// Kills every process in the groups and waits until there is none: for a tree that lost its init.
  void kill_members() const;

  /// From here on the figures below are of a new run.
  void begin_run();

  [[nodiscard]] bool limits_memory() const;
  [[nodiscard]] bool limits_processes() const;
  [[nodiscard]] std::optional<std::uint64_t> peak_memory_bytes() const;
  [[nodiscard]] std::optional<std::chrono::microseconds> cpu() const;
  /// Processes that the kernel killed for the memory limit.
  [[nodiscard]] std::uint64_t memory_kills() const;

 private:
  /// Its files of figures are kept open: opening one takes longer than reading it.
  struct Group {
    std::filesystem::path path;
    bool memory = false;
    bool pids = false;
    bool cpu = false;
    Descriptor cpu_time{};
    Descriptor memory_events{};
    Descriptor memory_peak{};
  };
  void make(const std::filesystem::path& parent, const Limits& limits, Group group);
  void open_figures(Group& group) const;
  [[nodiscard]] std::optional<std::chrono::microseconds> total_cpu() const;
  [[nodiscard]] std::uint64_t total_memory_kills() const;

  int version_;
  std::uint32_t helpers_;
  std::vector<Group> groups_;
  std::chrono::microseconds cpu_before_{0};
  std::uint64_t memory_kills_before_ = 0;
  bool peak_is_of_run_ = true;
};

}  // namespace qualm::sandbox
