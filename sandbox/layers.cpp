// Which layers of the sandbox this machine gives, each tried apart, so that a missing one can be named.
#include "sandbox/layers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "sandbox/descriptor.h"
#include "sandbox/error.h"
#include "sandbox/namespaces.h"

namespace qualm::sandbox {
namespace {

/// A try: 0 or an errno. Runs in a clone of the harness: async-signal-safe.
using Try = int (*)();

int outcome_of(bool succeeded) { return succeeded ? 0 : errno; }

/// Runs `attempt` in a process with new namespaces; 0 or the errno of the clone, of the identity maps or of the try.
int try_in_clone(std::uint64_t flags, Try attempt) {
  std::array<int, 2> gate{};
  if (pipe2(gate.data(), O_CLOEXEC) != 0) {
    return errno;
  }
  const Descriptor gate_out(gate[0]);
  Descriptor gate_in(gate[1]);
  const long child = syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child < 0) {
    return errno;
  }
  if (child == 0) {
    char go = 0;
    close(gate_in.get());
    _exit(read(gate_out.get(), &go, 1) == 1 ? attempt() : ECANCELED);
  }
  int error = 0;
  if ((flags & CLONE_NEWUSER) != 0) {
    try {
      write_identity_maps(static_cast<pid_t>(child), can_become_nobody());
    } catch (const SandboxError&) {
      error = EPERM;
    }
  }
  if (error == 0 && write(gate_in.get(), "g", 1) != 1) {
    error = errno;
  }
  gate_in.reset();
  int status = 0;
  while (waitpid(static_cast<pid_t>(child), &status, __WALL) < 0 && errno == EINTR) {
  }
  if (error != 0) {
    return error;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : ECANCELED;
}

int nothing_more() { return 0; }

/// An unprivileged user namespace may exist and yet give no capability (AppArmor).
int use_capability() { return outcome_of(sethostname("jail", 4) == 0); }

int make_file_system(const char* type, const char* option, const char* value) {
  const int context = static_cast<int>(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
  const bool made = context >= 0 && syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, option, value, 0) == 0 &&
                    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0 &&
                    syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0) >= 0;
  return outcome_of(made);
}

int mount_tmpfs() { return make_file_system("tmpfs", "size", "4096"); }
int mount_proc() { return make_file_system("proc", "hidepid", "ptraceable"); }

int bind_read_only() {
  const int tree =
      static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, "/usr", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  mount_attr wanted{};
  wanted.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  return outcome_of(tree >= 0 &&
                    syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &wanted, sizeof wanted) == 0);
}

int forbid_new_privileges() { return outcome_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0); }

int install_trivial_filter(unsigned flags) {
  std::array<sock_filter, 1> allow = {sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  const sock_fprog program{allow.size(), allow.data()};
  return outcome_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) >= 0);
}

int install_filter() { return install_trivial_filter(0); }
int install_listening_filter() { return install_trivial_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER); }

int use_recent_calls() {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC;
  const Descriptor root(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how)));
  const int self = static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0));
  return outcome_of(root && self >= 0 && syscall(SYS_close_range, 1000, 1001, 0) == 0);
}

int list_children() { return outcome_of(access("/proc/thread-self/children", R_OK) == 0); }

/// The number in a file of /proc/sys; -1 where it cannot be read.
long read_setting(const char* path) {
  std::ifstream file(path);
  long value = -1;
  return file >> value ? value : -1;
}

std::string user_namespace_remedy() {
  if (read_setting("/proc/sys/user/max_user_namespaces") == 0) {
    return "sysctl -w user.max_user_namespaces=10000";
  }
  if (read_setting("/proc/sys/kernel/unprivileged_userns_clone") == 0) {
    return "sysctl -w kernel.unprivileged_userns_clone=1";
  }
  if (read_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1) {
    return "AppArmor restricts user namespaces (Ubuntu 24.04): sysctl -w "
           "kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for qualm with the rule \"userns,\"";
  }
  return "in Docker: --security-opt seccomp=unconfined (or a profile that allows clone, unshare, mount and pivot_root)"
         " --security-opt apparmor=unconfined; or --sandbox=seccomp";
}

struct LayerRow {
  const char* layer;
  const char* purpose;
  std::uint64_t flags;
  Try attempt;
  enum class Remedy { none, user_namespace, proc, kernel, filter } remedy;
  bool full;
  bool no_proc;
  bool seccomp;
};

constexpr std::uint64_t kUser = CLONE_NEWUSER;
using R = LayerRow::Remedy;

// Each layer is tried with no more than it needs, so that the first that fails is the one to name.
constexpr LayerRow kLayers[] = {
    {"kernel calls", "pidfd, openat2, close_range (Linux 5.9)", 0, use_recent_calls, R::kernel, true, true, true},
    {"no_new_privs", "setuid programs gain nothing", 0, forbid_new_privileges, R::kernel, true, true, true},
    {"seccomp filter", "allow-list of system calls", 0, install_filter, R::filter, true, true, true},
    {"seccomp notification", "names of unlisted calls; signals at level seccomp", 0, install_listening_filter,
     R::filter, false, false, true},
    {"list of children", "measuring and ending a tree (/proc/PID/task/TID/children)", 0, list_children, R::kernel,
     false, false, true},
    {"user namespace", "an identity without rights", kUser, nothing_more, R::user_namespace, true, true, false},
    {"uts namespace", "host name; capabilities in the user namespace", kUser | CLONE_NEWUTS, use_capability,
     R::user_namespace, true, true, false},
    {"mount namespace", "private tmpfs", kUser | CLONE_NEWNS, mount_tmpfs, R::user_namespace, true, true, false},
    {"read-only binds", "mount_setattr (Linux 5.12)", kUser | CLONE_NEWNS, bind_read_only, R::kernel, true, true,
     false},
    {"pid namespace", "only its own processes", kUser | CLONE_NEWPID, nothing_more, R::user_namespace, true, true,
     false},
    {"net namespace", "no network", kUser | CLONE_NEWNET, nothing_more, R::user_namespace, true, true, false},
    {"ipc namespace", "no shared memory of others", kUser | CLONE_NEWIPC, nothing_more, R::user_namespace, true, true,
     false},
    {"proc mount", "a /proc of its own", kUser | CLONE_NEWNS | CLONE_NEWPID, mount_proc, R::proc, true, false, false},
};

std::string remedy_text(R remedy) {
  switch (remedy) {
    case R::user_namespace: return user_namespace_remedy();
    case R::proc:
      return "the container masks /proc: --security-opt systempaths=unconfined in Docker, or --sandbox=no-proc";
    case R::kernel: return "a newer kernel (5.12 or later)";
    case R::filter:
      return "allow seccomp(2) in the container's own profile; a kernel with CONFIG_SECCOMP_FILTER (5.5 or later)";
    case R::none: break;
  }
  return {};
}

}  // namespace

std::vector<LayerTrial> try_layers() {
  std::vector<LayerTrial> trials;
  for (const LayerRow& row : kLayers) {
    LayerTrial trial;
    trial.needed_by_full = row.full;
    trial.needed_by_no_proc = row.no_proc;
    trial.needed_by_seccomp = row.seccomp;
    const int error = try_in_clone(row.flags, row.attempt);
    trial.report.layer = row.layer;
    trial.report.available = error == 0;
    trial.report.detail =
        error == 0 ? std::string(row.purpose) : fmt::format("{}: {}", row.purpose, std::strerror(error));
    if (error != 0) {
      trial.report.remedy = remedy_text(row.remedy);
    }
    trials.push_back(std::move(trial));
  }
  return trials;
}

bool can_notify() { return try_in_clone(0, install_listening_filter) == 0; }

std::vector<LayerReport> report_cgroups(const CgroupPlaces& places) {
  const auto report = [&](const char* layer, const std::filesystem::path& place, const char* instead) {
    LayerReport made;
    made.layer = layer;
    made.available = !place.empty();
    if (made.available) {
      made.detail = fmt::format("version {}, {}", places.version, place.string());
    } else {
      made.detail = fmt::format("{}{}", places.why_not, instead);
      made.remedy = "optional; a writable group: systemd-run --user --scope -p Delegate=yes qualm ..., or run as root";
    }
    return made;
  };
  return {report("cgroup memory", places.memory, "instead RLIMIT_DATA and sampling of the resident size"),
          report("cgroup pids", places.pids, "instead RLIMIT_NPROC"),
          report("cgroup cpu", places.cpu, "instead times from /proc")};
}

}  // namespace qualm::sandbox
