#include "sandbox/cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <tuple>
#include <utility>

#include "sandbox/descriptor.h"
#include "sandbox/error.h"

namespace qualm::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGroupPrefix = "qualm-";

/// Subgroups of all threads need different names; the process id keeps harnesses apart, and the time one that got the
/// id of a killed one, whose groups are still there.
std::atomic<std::uint64_t> next_group{0};

fs::path new_group_name() {
  static const auto first_use = std::chrono::system_clock::now().time_since_epoch().count();
  return fmt::format("{}{}-{:x}-{}", kGroupPrefix, getpid(), first_use, next_group.fetch_add(1));
}

bool write_value(const fs::path& file, std::string_view value) {
  const Descriptor out(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return out && write(out.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc{} ? std::optional<std::uint64_t>(number) : std::nullopt;
}

/// What a small file of the kernel's holds now; empty where it cannot be read.
std::string read_again(const Descriptor& file) {
  std::array<char, 4096> text;
  const ssize_t size = file ? pread(file.get(), text.data(), text.size(), 0) : -1;
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

/// The number after `key` in lines of "key number".
std::optional<std::uint64_t> value_of_key(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') {
      return parse_number(line.substr(key.size() + 1));
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

struct Hierarchy {
  std::vector<std::string> controllers;  ///< empty: version 2
  fs::path mount;
  std::string root;  ///< the group that the mount shows as its root
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

/// The mounted hierarchies, from /proc/self/mountinfo (proc(5)).
std::vector<Hierarchy> mounted_hierarchies() {
  std::vector<Hierarchy> found;
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::size_t separator = line.find(" - ");
    if (separator == std::string::npos) {
      continue;
    }
    const std::vector<std::string> before = split(line.substr(0, separator), ' ');
    const std::vector<std::string> after = split(line.substr(separator + 3), ' ');
    if (before.size() < 5 || after.size() < 3 || (after[0] != "cgroup" && after[0] != "cgroup2")) {
      continue;
    }
    found.push_back({after[0] == "cgroup" ? split(after[2], ',') : std::vector<std::string>{}, before[4], before[3]});
  }
  return found;
}

/// This process's group in each hierarchy: by controller; "" for version 2 (cgroups(7)).
std::map<std::string, std::string> own_groups() {
  std::map<std::string, std::string> groups;
  std::ifstream lines("/proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) {
      continue;
    }
    const std::string names = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (names.empty()) {
      groups[""] = group;
    }
    for (const std::string& name : split(names, ',')) {
      groups[name] = group;
    }
  }
  return groups;
}

/// The directory of `group` under a mount that may show a part of the hierarchy only.
fs::path directory_of(const Hierarchy& hierarchy, const std::string& group) {
  std::string below = group;
  if (hierarchy.root != "/" && below.starts_with(hierarchy.root)) {
    below.erase(0, hierarchy.root.size());
  }
  return (hierarchy.mount / fs::path(below).relative_path()).lexically_normal();
}

/// Makes and removes a subgroup and says whether it had `file`.
bool can_make_group(const fs::path& parent, const std::string& file, std::string& why_not) {
  const fs::path trial = parent / new_group_name();
  if (mkdir(trial.c_str(), 0755) != 0) {
    why_not += fmt::format("{}: {}; ", parent.string(), std::strerror(errno));
    return false;
  }
  const bool has_file = access((trial / file).c_str(), W_OK) == 0;
  if (!has_file) {
    why_not += fmt::format("{}: a new group has no writable {}; ", parent.string(), file);
  }
  rmdir(trial.c_str());
  return has_file;
}

/// Removes the empty groups that killed harnesses left. Young ones stay: their harness may be in another pid namespace
/// and about to use them.
void remove_abandoned_groups(const fs::path& parent) {
  constexpr std::chrono::minutes kept{5};
  std::error_code ignored;  // whatever cannot be listed or removed does no harm
  std::vector<fs::path> abandoned;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::size_t end = name.find('-', kGroupPrefix.size());
    if (!name.starts_with(kGroupPrefix) || end == std::string::npos) {
      continue;
    }
    const std::string owner = name.substr(kGroupPrefix.size(), end - kGroupPrefix.size());
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(entry.path(), ignored);
    if (age > kept && !fs::exists("/proc/" + owner, ignored)) {
      abandoned.push_back(entry.path());
    }
  }
  for (const fs::path& group : abandoned) {
    rmdir(group.c_str());
  }
}

void find_version_1(const Hierarchy& hierarchy, const std::map<std::string, std::string>& own, CgroupPlaces& places) {
  const std::array<std::tuple<const char*, const char*, fs::path*>, 3> wanted = {
      std::tuple{"memory", "memory.limit_in_bytes", &places.memory}, std::tuple{"pids", "pids.max", &places.pids},
      std::tuple{"cpuacct", "cpuacct.usage", &places.cpu}};
  for (const auto& [controller, file, place] : wanted) {
    const auto group = own.find(controller);
    if (!place->empty() || group == own.end() ||
        std::find(hierarchy.controllers.begin(), hierarchy.controllers.end(), controller) ==
            hierarchy.controllers.end()) {
      continue;
    }
    const fs::path directory = directory_of(hierarchy, group->second);
    if (can_make_group(directory, file, places.why_not)) {
      *place = directory;
      places.version = 1;
    }
  }
}

/// A group with processes of its own cannot have controllers for its children (except the root): go upwards.
void find_version_2(const Hierarchy& hierarchy, const std::string& own, CgroupPlaces& places) {
  for (fs::path directory = directory_of(hierarchy, own);; directory = directory.parent_path()) {
    write_value(directory / "cgroup.subtree_control", "+memory");
    write_value(directory / "cgroup.subtree_control", "+pids");
    if (can_make_group(directory, "memory.max", places.why_not)) {
      places.memory = directory;
      places.pids = can_make_group(directory, "pids.max", places.why_not) ? directory : fs::path{};
      places.cpu = directory;
      places.version = 2;
      return;
    }
    if (directory == hierarchy.mount || !directory.has_relative_path()) {
      return;
    }
  }
}

}  // namespace

CgroupPlaces find_cgroups() {
  CgroupPlaces places;
  const std::vector<Hierarchy> hierarchies = mounted_hierarchies();
  const std::map<std::string, std::string> own = own_groups();
  for (const Hierarchy& hierarchy : hierarchies) {
    if (!hierarchy.controllers.empty()) {
      find_version_1(hierarchy, own, places);
    }
  }
  for (const Hierarchy& hierarchy : hierarchies) {
    if (places.memory.empty() && hierarchy.controllers.empty() && own.contains("")) {
      find_version_2(hierarchy, own.at(""), places);
    }
  }
  for (const fs::path& parent : {places.memory, places.pids, places.cpu}) {
    if (!parent.empty()) {
      remove_abandoned_groups(parent);
    }
  }
  if (hierarchies.empty()) {
    places.why_not = "no cgroup hierarchy is mounted; ";
  }
  return places;
}

Cgroup::Cgroup(const CgroupPlaces& places, const Limits& limits, std::uint32_t helpers)
    : version_(places.version), helpers_(helpers) {
  try {
    if (version_ == 2) {
      make(places.memory, limits, {{}, true, !places.pids.empty(), true});
    } else if (version_ == 1) {
      struct Wanted {
        const fs::path& parent;
        bool memory;
        bool pids;
        bool cpu;
      };
      for (const Wanted& wanted : {Wanted{places.memory, true, false, false}, Wanted{places.pids, false, true, false},
                                   Wanted{places.cpu, false, false, true}}) {
        if (!wanted.parent.empty()) {
          make(wanted.parent, limits, {{}, wanted.memory, wanted.pids, wanted.cpu});
        }
      }
    }
  } catch (...) {
    for (const Group& group : groups_) {
      rmdir(group.path.c_str());
    }
    throw;
  }
}

void Cgroup::make(const fs::path& parent, const Limits& limits, Group group) {
  group.path = parent / new_group_name();
  const auto require = [](bool succeeded, const fs::path& what) {
    if (!succeeded) {
      throw SandboxError(fmt::format("sandbox: cgroup {}: {}", what.string(), std::strerror(errno)));
    }
  };
  require(mkdir(group.path.c_str(), 0755) == 0, group.path);
  groups_.push_back(std::move(group));
  Group& made = groups_.back();
  const auto set = [&](const char* file, const std::string& value) {
    require(write_value(made.path / file, value), made.path / file);
  };
  // The swap files are absent where the kernel accounts no swap; then there is none to limit.
  const auto set_if_present = [&](const char* file, const std::string& value) {
    if (access((made.path / file).c_str(), F_OK) == 0) {
      set(file, value);
    }
  };
  const std::string memory = std::to_string(limits.memory_bytes);
  if (made.memory && version_ == 1) {
    set("memory.limit_in_bytes", memory);
    set_if_present("memory.memsw.limit_in_bytes", memory);
    set_if_present("memory.swappiness", "0");
  } else if (made.memory) {
    set("memory.max", memory);
    set_if_present("memory.swap.max", "0");
  }
  if (made.pids) {
    set("pids.max", std::to_string(limits.processes + helpers_));
  }
  open_figures(made);
}

/// Any of them may be missing in some kernels; its figure then is too.
void Cgroup::open_figures(Group& group) const {
  const auto open_file = [&](const char* name, int flags) {
    return Descriptor(open((group.path / name).c_str(), flags | O_CLOEXEC));
  };
  if (group.cpu) {
    group.cpu_time = open_file(version_ == 1 ? "cpuacct.usage" : "cpu.stat", O_RDONLY);
  }
  if (group.memory) {
    group.memory_events = open_file(version_ == 1 ? "memory.oom_control" : "memory.events", O_RDONLY);
    group.memory_peak =
        version_ == 1 ? open_file("memory.max_usage_in_bytes", O_RDWR) : open_file("memory.peak", O_RDONLY);
  }
}

Cgroup::~Cgroup() {
  for (const Group& group : groups_) {
    // The last process is reaped, but the kernel may still be putting it away.
    for (int attempt = 0; rmdir(group.path.c_str()) != 0 && errno == EBUSY && attempt < 1000; ++attempt) {
      usleep(1000);
    }
  }
}

void Cgroup::add(pid_t process) const {
  for (const Group& group : groups_) {
    if (!write_value(group.path / "cgroup.procs", std::to_string(process))) {
      throw SandboxError(
          fmt::format("sandbox: cannot move a process into {}: {}", group.path.string(), std::strerror(errno)));
    }
  }
}

void Cgroup::kill_members() const {
  constexpr int kAttempts = 5000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    bool empty = true;
    for (const Group& group : groups_) {
      std::istringstream members(read_text(group.path / "cgroup.procs"));
      for (pid_t member = 0; members >> member;) {
        empty = false;
        kill(member, SIGKILL);
      }
    }
    if (empty) {
      return;
    }
    usleep(1000);
  }
  throw SandboxError(fmt::format("sandbox: processes in {} do not end", groups_.front().path.string()));
}

void Cgroup::begin_run() {
  cpu_before_ = total_cpu().value_or(std::chrono::microseconds{0});
  memory_kills_before_ = total_memory_kills();
  peak_is_of_run_ = std::ranges::all_of(groups_, [&](const Group& group) {
    return !group.memory || (version_ == 1 && group.memory_peak && pwrite(group.memory_peak.get(), "0", 1, 0) == 1);
  });
}

std::optional<std::chrono::microseconds> Cgroup::cpu() const {
  const auto total = total_cpu();
  return total ? std::optional(*total - cpu_before_) : std::nullopt;
}

std::uint64_t Cgroup::memory_kills() const { return total_memory_kills() - memory_kills_before_; }

bool Cgroup::limits_memory() const { return std::ranges::any_of(groups_, &Group::memory); }

bool Cgroup::limits_processes() const { return std::ranges::any_of(groups_, &Group::pids); }

std::optional<std::uint64_t> Cgroup::peak_memory_bytes() const {
  for (const Group& group : groups_) {
    if (group.memory && peak_is_of_run_) {
      return parse_number(read_again(group.memory_peak));
    }
  }
  return std::nullopt;
}

std::optional<std::chrono::microseconds> Cgroup::total_cpu() const {
  for (const Group& group : groups_) {
    if (group.cpu && version_ == 1) {
      const auto nanoseconds = parse_number(read_again(group.cpu_time));
      return nanoseconds ? std::optional(std::chrono::microseconds(*nanoseconds / 1000)) : std::nullopt;
    }
    if (group.cpu) {
      const auto microseconds = value_of_key(read_again(group.cpu_time), "usage_usec");
      return microseconds ? std::optional(std::chrono::microseconds(*microseconds)) : std::nullopt;
    }
  }
  return std::nullopt;
}

std::uint64_t Cgroup::total_memory_kills() const {
  for (const Group& group : groups_) {
    if (group.memory) {
      return value_of_key(read_again(group.memory_events), "oom_kill").value_or(0);
    }
  }
  return 0;
}

}  // namespace qualm::sandbox
