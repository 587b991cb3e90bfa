// New namespaces and the jail's root directory.
#include "sandbox/namespaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "sandbox/control.h"
#include "sandbox/descriptor.h"
#include "sandbox/error.h"
#include "sandbox/folders.h"
#include "sandbox/policy.h"

namespace qualm::sandbox {
namespace {

void write_proc_file(pid_t process, const char* name, const std::string& text) {
  const std::string path = fmt::format("/proc/{}/{}", process, name);
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw SandboxError(fmt::format("sandbox: user namespace: writing {} failed: {}", path, std::strerror(errno)));
  }
}

int open_tree_clone(const char* path) {
  return static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, path,
                                  OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | static_cast<unsigned>(AT_RECURSIVE)));
}

bool set_attributes(int tree, std::uint64_t attributes, unsigned flags) {
  mount_attr wanted{};
  wanted.attr_set = attributes;
  return syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &wanted, sizeof wanted) == 0;
}

bool attach(int tree, int root, const char* path) {
  return syscall(SYS_move_mount, tree, "", root, path, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

using Options = std::array<std::array<const char*, 2>, 3>;

/// A new file system, not attached anywhere yet; -1 with errno on failure. Unused options are null.
int new_file_system(const char* type, const Options& options, std::uint64_t attributes) {
  const int context = static_cast<int>(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
  if (context < 0) {
    return -1;
  }
  int made = -1;
  bool configured = true;
  for (const auto& [name, value] : options) {
    configured =
        configured && (name == nullptr || syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, name, value, 0) == 0);
  }
  if (configured && syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
    made = static_cast<int>(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes));
  }
  const int error = errno;
  close(context);
  errno = error;
  return made;
}

bool make_file(int root, const char* relative_path, std::string_view contents) {
  const int file = openat(root, relative_path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0444);
  if (file < 0) {
    return errno == EROFS || errno == EACCES ? faccessat(root, relative_path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 : false;
  }
  std::size_t done = 0;
  while (done < contents.size()) {
    const ssize_t wrote = write(file, contents.data() + done, contents.size() - done);
    if (wrote <= 0) {
      break;
    }
    done += static_cast<std::size_t>(wrote);
  }
  close(file);
  return done == contents.size();
}

/// Where the root of a zygote's jails lies in the zygote's own root directory.
constexpr const char* kPreparedRoot = "/root";

using Sources = std::array<int, kMountPointsLimit>;
using DeviceSources = std::array<int, 16>;

void open_sources(const Plan& plan, Sources& sources, DeviceSources& device_sources) {
  for (std::size_t i = 0; i < plan.mount_points.size(); ++i) {
    if (plan.mount_points[i].is_scratch) {
      continue;
    }
    sources[i] = open_tree_clone(plan.mount_points[i].path.c_str());
    require_step(sources[i] >= 0 &&
                     set_attributes(sources[i], MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, AT_RECURSIVE),
                 Step::sources, static_cast<int>(i));
  }
  for (std::size_t i = 0; i < devices().size(); ++i) {
    std::array<char, 64> path{};
    std::memcpy(path.data(), "/dev/", 5);
    std::strncpy(path.data() + 5, devices()[i].name, path.size() - 6);
    device_sources[i] = open_tree_clone(path.data());
    require_step(device_sources[i] >= 0 &&
                     set_attributes(device_sources[i], MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0),
                 Step::devices, static_cast<int>(i));
  }
}

void mount_devices(int root, const DeviceSources& device_sources) {
  require_step(mkdirat(root, "dev", 0755) == 0, Step::devices);
  for (std::size_t i = 0; i < devices().size(); ++i) {
    std::array<char, 64> path{};
    std::memcpy(path.data(), "dev/", 4);
    std::strncpy(path.data() + 4, devices()[i].name, path.size() - 5);
    require_step(make_file(root, path.data(), {}) && attach(device_sources[i], root, path.data()), Step::devices,
                 static_cast<int>(i));
  }
}

/// Covers what tells about the machine and no program needs with /dev/null. Kernels differ in which files there are.
void mask_proc_files(int root) {
  const int proc = openat(root, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  require_step(proc >= 0, Step::proc);
  for (const char* name : masked_proc_files()) {
    const int cover = static_cast<int>(syscall(SYS_open_tree, root, "dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    require_step(cover >= 0 && (attach(cover, proc, name) || errno == ENOENT), Step::proc);
    close(cover);
  }
  close(proc);
}

/// Read-only, so that not even /proc/self/mem can be written; processes that the program may not look into (the jail's
/// init) are invisible.
void mount_proc(int root) {
  const int proc = new_file_system("proc", {{{"hidepid", "ptraceable"}}},
                                   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  require_step(proc >= 0 && attach(proc, root, "proc"), Step::proc);
  close(proc);
  mask_proc_files(root);
}

/// The folder for /proc; at Level::no_proc with what stands for it.
void make_proc_folder(const Plan& plan, int root) {
  require_step(mkdirat(root, "proc", 0755) == 0, Step::proc);
  if (plan.level == Level::full) {
    return;
  }
  require_step(mkdirat(root, "proc/self", 0755) == 0, Step::proc);
  require_step(symlinkat(plan.executable.c_str(), root, "proc/self/exe") == 0, Step::proc);
  for (const File& file : plan.proc_files) {
    require_step(make_file(root, file.name.c_str() + 1, file.contents), Step::proc);
  }
}

void mount_scratch(const Plan& plan, int root, std::size_t index) {
  const int scratch = new_file_system(
      "tmpfs", {{{"size", plan.scratch_bytes.c_str()}, {"nr_inodes", plan.scratch_inodes.c_str()}, {"mode", "0700"}}},
      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  require_step(scratch >= 0 && attach(scratch, root, plan.mount_points[index].path.c_str() + 1), Step::mount_points,
               static_cast<int>(index));
  close(scratch);
}

/// What is mounted where: in one file system for all jails without the scratch directory, which is each jail's own.
void mount_points(const Plan& plan, int root, const Sources& sources, bool with_scratch) {
  for (std::size_t i = 0; i < plan.mount_points.size(); ++i) {
    const MountPoint& point = plan.mount_points[i];
    const char* relative_path = point.path.c_str() + 1;
    const int item = static_cast<int>(i);
    require_step(make_folders(root, point.path.c_str(), point.is_directory), Step::mount_points, item);
    require_step(point.is_directory || make_file(root, relative_path, {}), Step::mount_points, item);
    if (!point.is_scratch) {
      require_step(attach(sources[i], root, relative_path), Step::mount_points, item);
      close(sources[i]);
    } else if (with_scratch) {
      mount_scratch(plan, root, i);
    }
  }
}

void make_links(const Plan& plan, int root) {
  for (const LinkRow& link : links()) {
    const char* target = link.target == nullptr ? plan.scratch_directory.c_str() : link.target;
    require_step(symlinkat(target, root, link.path) == 0, Step::links);
  }
  for (std::size_t i = 0; i < plan.links.size(); ++i) {
    const VisibleLink& link = plan.links[i];
    const int item = static_cast<int>(i);
    require_step(make_folders(root, link.path.c_str(), false), Step::links, item);
    require_step(symlinkat(link.target.c_str(), root, link.path.c_str() + 1) == 0, Step::links, item);
  }
}

/// A new small file system, attached at `path` below `directory`.
int mount_root(int directory, const char* path) {
  const int root = new_file_system("tmpfs", {{{"size", kRootBytes}, {"nr_inodes", kRootInodes}, {"mode", "0755"}}},
                                   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  require_step(root >= 0 && attach(root, directory, path), Step::root);
  return root;
}

/// The root directory without /proc; without the scratch directory too it is the same in each jail of a plan's paths.
void fill_root(const Plan& plan, int root, const Sources& sources, const DeviceSources& device_sources,
               bool with_scratch) {
  mount_devices(root, device_sources);
  make_proc_folder(plan, root);
  mount_points(plan, root, sources, with_scratch);
  make_links(plan, root);
  require_step(set_attributes(root, MOUNT_ATTR_RDONLY, 0), Step::root);
}

/// Makes the mounted `root` this process's root directory; what was mounted before is unmounted.
void change_root(int root) {
  require_step(fchdir(root) == 0, Step::pivot);
  require_step(syscall(SYS_pivot_root, ".", ".") == 0, Step::pivot);
  require_step(umount2(".", MNT_DETACH) == 0, Step::pivot);
  require_step(chdir("/") == 0, Step::pivot);
  close(root);
}

/// Nothing of what follows may reach the host's mount tree.
void make_mounts_private() {
  require_step(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, Step::root);
}

}  // namespace

std::uint64_t namespace_flags() {
  return CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
}

bool can_become_nobody() {
  if (geteuid() != 0) {
    return false;
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> capabilities{};
  if (syscall(SYS_capget, &header, capabilities.data()) != 0) {
    return false;
  }
  const unsigned wanted = (1U << CAP_SETUID) | (1U << CAP_SETGID);
  if ((capabilities[0].effective & wanted) != wanted) {
    return false;
  }
  const auto covers_nobody = [](const char* map) {
    std::ifstream lines(map);
    std::uint64_t inside = 0;
    std::uint64_t outside = 0;
    std::uint64_t count = 0;
    while (lines >> inside >> outside >> count) {
      if (inside <= kNobody && kNobody - inside < count) {
        return true;
      }
    }
    return false;
  };
  return covers_nobody("/proc/self/uid_map") && covers_nobody("/proc/self/gid_map");
}

void write_identity_maps(pid_t process, bool started_as_root) {
  if (started_as_root) {
    const std::string map = fmt::format("{} {} 1", kNobody, kNobody);
    write_proc_file(process, "gid_map", map);
    write_proc_file(process, "uid_map", map);
  } else {
    write_proc_file(process, "setgroups", "deny");
    write_proc_file(process, "gid_map", fmt::format("{} {} 1", kNobody, getegid()));
    write_proc_file(process, "uid_map", fmt::format("{} {} 1", kNobody, geteuid()));
  }
}

// The C library's functions would change the identity of all the threads it remembers from the harness.
void become_nobody() {
  require_step(syscall(SYS_setgroups, 0, nullptr) == 0, Step::identity);
  require_step(syscall(SYS_setresgid, kNobody, kNobody, kNobody) == 0, Step::identity);
  require_step(syscall(SYS_setresuid, kNobody, kNobody, kNobody) == 0, Step::identity);
}

void enter_zygote_root(const Plan& plan) {
  require_step(unshare(CLONE_NEWNS) == 0, Step::root);
  Sources sources{};
  DeviceSources device_sources{};
  open_sources(plan, sources, device_sources);
  make_mounts_private();
  const int proc = open_tree_clone("/proc");
  const int outer = mount_root(AT_FDCWD, "/");
  require_step(proc >= 0 && mkdirat(outer, "proc", 0755) == 0 && attach(proc, outer, "proc"), Step::proc);
  close(proc);
  require_step(mkdirat(outer, kPreparedRoot + 1, 0755) == 0, Step::root);
  const int root = mount_root(outer, kPreparedRoot + 1);
  fill_root(plan, root, sources, device_sources, false);
  close(root);
  change_root(outer);
}

void enter_root(const Plan& plan) {
  int root = -1;
  if (plan.root_is_prepared) {
    root = open_tree_clone(kPreparedRoot);
    become_nobody();
    require_step(root >= 0 && attach(root, AT_FDCWD, "/"), Step::root);
    for (std::size_t i = 0; i < plan.mount_points.size(); ++i) {
      if (plan.mount_points[i].is_scratch) {
        mount_scratch(plan, root, i);
      }
    }
  } else {
    Sources sources{};
    DeviceSources device_sources{};
    open_sources(plan, sources, device_sources);
    if (plan.started_as_root) {
      become_nobody();
    }
    make_mounts_private();
    root = mount_root(AT_FDCWD, "/");
    fill_root(plan, root, sources, device_sources, true);
  }
  if (plan.level == Level::full) {
    mount_proc(root);
  }
  change_root(root);
  require_step(sethostname(kHostName, std::strlen(kHostName)) == 0, Step::host_name);
  require_step(setdomainname("", 0) == 0, Step::host_name);
}

void drop_capabilities() {
  unsigned long capability = 0;
  while (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) {
    ++capability;
  }
  // EINVAL: there is no such capability.
  require_step(errno == EINVAL && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0, Step::capabilities);
  require_step(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
                                            SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                            SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) == 0,
               Step::capabilities);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  require_step(syscall(SYS_capset, &header, none.data()) == 0, Step::capabilities);
  require_step(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, Step::capabilities);
}

}  // namespace qualm::sandbox
