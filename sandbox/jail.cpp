#include "sandbox/jail.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <tuple>
#include <utility>

#include "sandbox/cgroup.h"

#include "sandbox/confinement.h"
#include "sandbox/control.h"
#include "sandbox/descriptor.h"
#include "sandbox/error.h"
#include "sandbox/layers.h"
#include "sandbox/namespaces.h"
#include "sandbox/plan.h"
#include "sandbox/policy.h"
#include "sandbox/process_tree.h"
#include "sandbox/seccomp_filter.h"
#include "sandbox/supervisor.h"
#include "sandbox/temporary_folder.h"
#include "sandbox/turns.h"
#include "sandbox/visible_paths.h"
#include "sandbox/zygote.h"

namespace qualm::sandbox {
namespace {

[[noreturn]] void throw_errno(const std::string& what) {
  throw SandboxError(fmt::format("sandbox: {} failed: {}", what, std::strerror(errno)));
}

/// Of the scratch directories of Level::seccomp.
constexpr const char* kScratchPrefix = "qualm-scratch-";

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Pipe make_output_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_errno("pipe2");
  }
  Pipe made{Descriptor(ends[0]), Descriptor(ends[1])};
  if (fcntl(made.read_end.get(), F_SETFL, O_NONBLOCK) != 0) {
    throw_errno("fcntl(O_NONBLOCK)");
  }
  return made;
}

bool is_at_or_below(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

/// `text` with every part that lies in the folder `from` moved to `to`, but for what lies at or below one of `kept`;
/// parts end at ':' and '=', as in search paths and options.
std::string relocate(const std::string& text, const std::string& from, const std::string& to,
                     const std::vector<std::filesystem::path>& kept) {
  std::string result;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(":=", begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const bool moves = is_at_or_below(part, from) && std::ranges::none_of(kept, [&](const std::filesystem::path& path) {
                         return is_at_or_below(part, path.string());
                       });
    result += moves ? to + part.substr(from.size()) : part;
    if (end < text.size()) {
      result += text[end];
    }
    begin = end + 1;
  }
  return result;
}

/// Opens a pipe's end to the program under its own identity: /dev/stdout is opened anew by some.
void give_to_nobody(const Descriptor& end) {
  if (fchown(end.get(), kNobody, kNobody) != 0) {
    throw_errno("fchown of an output pipe");
  }
}

/// Makes the jail's first process, given the descriptors it inherits; with a handle of it where that is known already.
using MakeInit = std::function<std::pair<pid_t, Descriptor>(const InheritedDescriptors&)>;

/// Starts the jail's first process, which waits for "proceed".
StartedJail start(const Plan& plan, const Command& command, const MakeInit& make_init) {
  Pipe output = make_output_pipe();
  Pipe error = make_output_pipe();
  if (plan.started_as_root) {
    give_to_nobody(output.write_end);
    give_to_nobody(error.write_end);
  }
  std::array<int, 2> sockets{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    throw_errno("socketpair");
  }
  Descriptor supervisor_end(sockets[0]);
  const Descriptor init_end(sockets[1]);
  const Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) {
    throw_errno("open /dev/null");
  }
  const int input = command.standard_input >= 0 ? command.standard_input : null.get();
  const InheritedDescriptors inherited{init_end.get(), input, output.write_end.get(), error.write_end.get()};

  StartedJail jail;
  try {
    std::tie(jail.init, jail.init_handle) = make_init(inherited);
  } catch (const ZygoteLost&) {
    ControlMessage message;
    Descriptor none;
    if (receive_message(supervisor_end.get(), message, none) == Received::message &&
        message.kind == ControlMessage::Kind::failed) {
      report_failure(message, plan, command);  // of the root that the zygote makes for all its jails
    }
    throw;
  }
  jail.control = std::move(supervisor_end);
  jail.standard_output = std::move(output.read_end);
  jail.standard_error = std::move(error.read_end);
  return jail;
}

/// A clone of the harness as the first process.
std::pair<pid_t, Descriptor> clone_harness(const Plan& plan, const InheritedDescriptors& inherited) {
  int handle = -1;
  const std::uint64_t namespaces = plan.level == Level::seccomp ? 0 : namespace_flags();
  const long child = syscall(SYS_clone, namespaces | CLONE_PIDFD | SIGCHLD, nullptr, &handle, nullptr, nullptr);
  if (child < 0) {
    throw_errno("clone of the jail's first process");
  }
  if (child == 0) {
    run_init(plan, inherited);
  }
  return {static_cast<pid_t>(child), Descriptor(handle)};
}

/// A clone made by a zygote. It is this process's child, so its number stays its own until it is reaped.
std::pair<pid_t, Descriptor> clone_zygote(Zygote& zygote, const std::string& task, const Plan& plan,
                                          const InheritedDescriptors& inherited) {
  const pid_t child = zygote.clone(plan, inherited, plan.scratch_directory + "\n" + task);
  Descriptor handle(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  if (!handle) {
    const int error = errno;
    kill(child, SIGKILL);
    waitpid(child, nullptr, __WALL);
    errno = error;
    throw_errno("pidfd_open of the jail's first process");
  }
  return {child, std::move(handle)};
}

/// Ends and reaps a process that still waits for "proceed".
void abandon(StartedJail& jail) {
  kill(jail.init, SIGKILL);
  while (waitpid(jail.init, nullptr, __WALL) < 0 && errno == EINTR) {
  }
}

void check_command(const Command& command, const Limits& limits) {
  const auto refuse = [](const std::string& what) { throw SandboxError("sandbox: " + what); };
  if (command.arguments.empty() || !command.arguments[0].starts_with('/')) {
    refuse("the executable's path is not absolute");
  }
  const std::filesystem::path scratch = command.scratch_directory;
  if (!scratch.is_absolute() || scratch != scratch.lexically_normal() || !scratch.has_filename()) {
    refuse(fmt::format("the scratch directory {} is not an absolute, normal path below /", scratch.string()));
  }
  for (const File& file : command.files) {
    const std::filesystem::path name = file.name;
    if (name.empty() || name.is_absolute() || !name.has_filename() || file.name != name.lexically_normal().string() ||
        *name.begin() == ".." || *name.begin() == "." || file.name.find('\0') != std::string::npos) {
      refuse(fmt::format("the file name {:?} does not stay in the scratch directory", file.name));
    }
  }
  if (limits.memory_bytes == 0 || limits.wall.count() <= 0 || limits.cpu.count() <= 0 || limits.processes == 0 ||
      limits.scratch_bytes == 0) {
    refuse("a limit of zero would let nothing run");
  }
}

/// RLIMIT_NPROC counts a user's threads: since Linux 5.14 those of the jail's own user namespace, else all of them.
std::uint64_t process_limit(Level level, bool started_as_root, const Limits& limits) {
  utsname system{};
  int major = 0;
  int minor = 0;
  if (uname(&system) != 0 || std::sscanf(system.release, "%d.%d", &major, &minor) != 2) {
    throw SandboxError("sandbox: the kernel's version cannot be read");
  }
  const bool counts_in_namespace = level != Level::seccomp && std::pair(major, minor) >= std::pair(5, 14);
  const std::uint64_t others = counts_in_namespace ? 0 : count_threads_of(started_as_root ? kNobody : geteuid());
  return others + limits.processes + 1;  // and init
}

/// Where everything goes: the visible paths and the scratch directory, sorted so that parents come first.
std::vector<MountPoint> place_mounts(std::vector<MountPoint> visible, const std::string& scratch_directory) {
  visible.push_back({scratch_directory, true, true});
  std::ranges::sort(visible, {}, &MountPoint::path);
  if (visible.size() > kMountPointsLimit) {
    throw SandboxError(fmt::format("sandbox: {} visible paths, more than {}", visible.size(), kMountPointsLimit));
  }
  return visible;
}

std::vector<File> copy_proc_files() {
  std::vector<File> copies;
  for (const char* path : copied_proc_files()) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    copies.push_back({path, text.str()});
  }
  return copies;
}

/// Without a mount namespace the scratch directory is elsewhere: names of it in the command follow, those of visible
/// paths inside it do not.
Command relocated(Command command, const std::string& scratch) {
  for (std::vector<std::string>* texts : {&command.arguments, &command.environment}) {
    for (std::string& text : *texts) {
      text = relocate(text, command.scratch_directory, scratch, command.visible);
    }
  }
  command.scratch_directory = scratch;
  return command;
}

}  // namespace

struct Jail::State {
  Level level = Level::full;
  bool started_as_root = false;
  bool recording = false;
  std::vector<sock_filter> filter;
  CgroupPlaces cgroups;
  std::vector<File> proc_files;

  /// weakly_canonical, remembered too.
  std::string canonical(const std::string& executable) {
    const std::scoped_lock lock(mutex);
    const auto [known, is_new] = executables.try_emplace(executable);
    if (is_new) {
      std::error_code missing;  // execve will say it
      known->second = std::filesystem::weakly_canonical(executable, missing).string();
    }
    return known->second;
  }

  /// resolve_visible, remembered: a run asks for the same paths each time.
  VisibleTree resolve(const std::vector<std::filesystem::path>& wanted) {
    const std::scoped_lock lock(mutex);
    const auto [known, is_new] = resolved.try_emplace(wanted);
    if (is_new) {
      try {
        known->second = resolve_visible(wanted);
      } catch (...) {
        resolved.erase(known);
        throw;
      }
    }
    return known->second;
  }

 private:
  std::mutex mutex;
  std::map<std::vector<std::filesystem::path>, VisibleTree> resolved;
  std::map<std::string, std::string> executables;
};

Jail::Jail(Level level) : state_(std::make_unique<State>()) {
  for (const LayerTrial& trial : try_layers()) {
    if (trial.needed_by(level) && !trial.report.available) {
      throw SandboxError(fmt::format("sandbox level {}: no {} ({}). Remedy: {}", to_string(level), trial.report.layer,
                                     trial.report.detail, trial.report.remedy));
    }
  }
  if (level == Level::seccomp) {
    TemporaryFolder::remove_abandoned(kScratchPrefix);
  }
  state_->level = level;
  state_->started_as_root = can_become_nobody();
  if (geteuid() == 0 && !state_->started_as_root && level == Level::seccomp) {
    throw SandboxError(
        "sandbox level seccomp: root without the right to become nobody. Remedy: run qualm as an ordinary user");
  }
  state_->recording = can_notify();
  state_->filter = build_filter(level, state_->recording ? Unlisted::recorded : Unlisted::refused);
  state_->cgroups = find_cgroups();
  if (level == Level::no_proc) {
    state_->proc_files = copy_proc_files();
  }
}

Jail::~Jail() = default;

Level Jail::level() const { return state_->level; }

struct Jail::ZygoteTask {
  Zygote& zygote;
  const std::string& task;
  Turns* turns;
};

Outcome Jail::run(const Command& command, const Limits& limits, const std::stop_token& stop) const {
  return run(command, limits, stop, nullptr);
}

Outcome Jail::run_in(Zygote& zygote, const std::string& task, const Command& command, const Limits& limits,
                     const std::stop_token& stop, Turns* turns) const {
  const ZygoteTask in_zygote{zygote, task, turns};
  return run(command, limits, stop, &in_zygote);
}

Outcome Jail::run(const Command& command, const Limits& limits, const std::stop_token& stop,
                  const ZygoteTask* in_zygote) const {
  check_command(command, limits);
  if (stop.stop_requested()) {
    throw Cancelled();
  }
  std::optional<TemporaryFolder> host_scratch;
  Command placed = command;
  if (state_->level == Level::seccomp) {
    host_scratch.emplace(kScratchPrefix);
    if (state_->started_as_root && chown(host_scratch->path().c_str(), kNobody, kNobody) != 0) {
      throw_errno("chown " + host_scratch->path().string());
    }
    placed = relocated(command, host_scratch->path());
  }
  Plan plan(placed, limits, state_->level, placed.arguments, placed.environment);
  plan.started_as_root = state_->started_as_root;
  plan.filter = state_->filter;
  plan.recording = state_->recording;
  plan.proc_files = state_->proc_files;
  plan.scratch_bytes = std::to_string(std::min(limits.scratch_bytes, limits.memory_bytes));
  plan.scratch_inodes = std::to_string(limits.scratch_inodes);
  if (state_->level != Level::seccomp) {
    VisibleTree tree = state_->resolve(placed.visible);
    plan.mount_points = place_mounts(std::move(tree.mounted), placed.scratch_directory);
    plan.links = std::move(tree.links);
    plan.executable = state_->canonical(placed.arguments[0]);
  }
  std::optional<Cgroup> own_cgroup;
  Cgroup* cgroup = nullptr;
  if (in_zygote != nullptr && state_->level != Level::seccomp) {  // there all members are killed after a run
    // Its clones are born there: moving a process costs more than most programs.
    cgroup = in_zygote->zygote.cgroup(state_->cgroups, limits);
  } else if (state_->cgroups.version != 0) {
    cgroup = &own_cgroup.emplace(state_->cgroups, limits);
  }
  if (cgroup != nullptr) {
    cgroup->begin_run();
  }
  plan.data_limit = limits.address_space_limit_allowed && !(cgroup != nullptr && cgroup->limits_memory());
  if (cgroup == nullptr || !cgroup->limits_processes()) {
    plan.process_limit = process_limit(state_->level, state_->started_as_root, limits);
  }

  StartedJail jail = start(plan, placed, [&](const InheritedDescriptors& inherited) {
    return in_zygote == nullptr ? clone_harness(plan, inherited)
                                : clone_zygote(in_zygote->zygote, in_zygote->task, plan, inherited);
  });
  Turns::Turn turn;
  try {
    turn = Turns::take(in_zygote == nullptr ? nullptr : in_zygote->turns, stop);
    if (state_->level != Level::seccomp) {
      write_identity_maps(jail.init, state_->started_as_root);
    }
    if (own_cgroup) {
      own_cgroup->add(jail.init);
    }
  } catch (...) {
    abandon(jail);
    throw;
  }
  ControlMessage proceed;
  proceed.kind = ControlMessage::Kind::proceed;
  send_message(jail.control.get(), proceed);
  return supervise(jail, plan, placed, cgroup, std::move(turn), stop);
}

std::vector<LayerReport> inspect_layers() {
  std::vector<LayerReport> reports;
  for (LayerTrial& trial : try_layers()) {
    reports.push_back(std::move(trial.report));
  }
  for (LayerReport& report : report_cgroups(find_cgroups())) {
    reports.push_back(std::move(report));
  }
  return reports;
}

std::string to_string(Level level) {
  switch (level) {
    case Level::full: return "full";
    case Level::no_proc: return "no-proc";
    case Level::seccomp: return "seccomp";
  }
  return "unknown";
}

std::string to_string(Cause cause) {
  switch (cause) {
    case Cause::exited: return "exited";
    case Cause::signaled: return "signaled";
    case Cause::wall_timeout: return "wall timeout";
    case Cause::cpu_timeout: return "cpu timeout";
    case Cause::memory: return "memory";
  }
  return "unknown";
}

std::optional<Level> parse_level(const std::string& text) {
  for (const Level level : {Level::full, Level::no_proc, Level::seccomp}) {
    if (text == to_string(level)) {
      return level;
    }
  }
  return std::nullopt;
}

}  // namespace qualm::sandbox
