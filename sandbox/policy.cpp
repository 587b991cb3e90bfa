// The policy as data: tables of system calls, devices, links and /proc files, each row with its reason.
#include "sandbox/policy.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <array>
#include <csignal>

namespace qualm::sandbox {
namespace {

constexpr std::uint64_t kAll32 = 0xffff'ffff;

constexpr const char* kFiles[] = {"read",
                                  "write",
                                  "readv",
                                  "writev",
                                  "pread64",
                                  "pwrite64",
                                  "preadv",
                                  "pwritev",
                                  "preadv2",
                                  "pwritev2",
                                  "open",
                                  "openat",
                                  "openat2",
                                  "creat",
                                  "close",
                                  "close_range",
                                  "lseek",
                                  "stat",
                                  "fstat",
                                  "lstat",
                                  "newfstatat",
                                  "statx",
                                  "access",
                                  "faccessat",
                                  "faccessat2",
                                  "getdents",
                                  "getdents64",
                                  "getcwd",
                                  "chdir",
                                  "fchdir",
                                  "mkdir",
                                  "mkdirat",
                                  "rmdir",
                                  "rename",
                                  "renameat",
                                  "renameat2",
                                  "link",
                                  "linkat",
                                  "unlink",
                                  "unlinkat",
                                  "symlink",
                                  "symlinkat",
                                  "readlink",
                                  "readlinkat",
                                  "chmod",
                                  "fchmod",
                                  "fchmodat",
                                  "chown",
                                  "fchown",
                                  "lchown",
                                  "fchownat",
                                  "utime",
                                  "utimes",
                                  "utimensat",
                                  "futimesat",
                                  "truncate",
                                  "ftruncate",
                                  "fallocate",
                                  "fsync",
                                  "fdatasync",
                                  "sync_file_range",
                                  "flock",
                                  "statfs",
                                  "fstatfs",
                                  "umask",
                                  "sendfile",
                                  "copy_file_range",
                                  "splice",
                                  "tee",
                                  "readahead",
                                  "fadvise64",
                                  "getxattr",
                                  "lgetxattr",
                                  "fgetxattr",
                                  "listxattr",
                                  "llistxattr",
                                  "flistxattr",
                                  "inotify_init",
                                  "inotify_init1",
                                  "inotify_add_watch",
                                  "inotify_rm_watch"};
constexpr const char* kDescriptors[] = {"dup",
                                        "dup2",
                                        "dup3",
                                        "pipe",
                                        "pipe2",
                                        "select",
                                        "pselect6",
                                        "poll",
                                        "ppoll",
                                        "epoll_create",
                                        "epoll_create1",
                                        "epoll_ctl",
                                        "epoll_wait",
                                        "epoll_pwait",
                                        "epoll_pwait2",
                                        "eventfd",
                                        "eventfd2",
                                        "signalfd",
                                        "signalfd4",
                                        "timerfd_create",
                                        "timerfd_settime",
                                        "timerfd_gettime"};
constexpr const char* kMemory[] = {"brk",        "mmap",       "munmap",     "mremap",    "mprotect",     "madvise",
                                   "mincore",    "msync",      "mlock",      "mlock2",    "munlock",      "mlockall",
                                   "munlockall", "membarrier", "pkey_alloc", "pkey_free", "pkey_mprotect"};
constexpr const char* kProcesses[] = {
    "fork",   "vfork",           "execve",          "execveat",        "exit",    "exit_group", "wait4",
    "waitid", "set_tid_address", "set_robust_list", "get_robust_list", "rseq",    "arch_prctl", "restart_syscall",
    "getpid", "getppid",         "gettid",          "getpgrp",         "getpgid", "getsid",     "setsid",
    "setpgid"};
constexpr const char* kIdentity[] = {"getuid",    "geteuid",   "getgid",    "getegid",
                                     "getresuid", "getresgid", "getgroups", "capget"};
constexpr const char* kThreads[] = {"futex",
                                    "futex_waitv",
                                    "sched_yield",
                                    "sched_getaffinity",
                                    "sched_getparam",
                                    "sched_getscheduler",
                                    "sched_getattr",
                                    "sched_get_priority_max",
                                    "sched_get_priority_min",
                                    "sched_rr_get_interval",
                                    "getcpu",
                                    "getpriority",
                                    "get_mempolicy"};
constexpr const char* kSignals[] = {"rt_sigaction",    "rt_sigprocmask", "rt_sigreturn", "rt_sigpending",
                                    "rt_sigtimedwait", "rt_sigsuspend",  "sigaltstack",  "pause"};
constexpr const char* kTime[] = {
    "time",      "gettimeofday", "clock_gettime", "clock_getres",  "nanosleep",     "clock_nanosleep",  "alarm",
    "getitimer", "setitimer",    "timer_create",  "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete",
    "times"};
constexpr const char* kFacts[] = {"uname", "sysinfo", "getrlimit", "setrlimit", "getrusage", "getrandom"};
constexpr const char* kLocalSockets[] = {
    "bind",       "listen",   "accept", "accept4",  "connect", "getsockname", "getpeername", "getsockopt",
    "setsockopt", "shutdown", "sendto", "recvfrom", "sendmsg", "recvmsg",     "sendmmsg",    "recvmmsg"};

constexpr CallGroup kAllowed[] = {
    {"files of the jail: what may be opened is decided by the mounts", kFiles},
    {"pipes, waiting and descriptors of one's own", kDescriptors},
    {"memory of one's own, within the limits", kMemory},
    {"child processes within the limits; clone has a rule of its own", kProcesses},
    {"asking who one is", kIdentity},
    {"threads: locks and reading the scheduler", kThreads},
    {"handling signals", kSignals},
    {"clocks and timers of one's own", kTime},
    {"facts about the machine and limits (which can only be lowered)", kFacts},
    {"sockets once made; only AF_UNIX ones can be", kLocalSockets},
};

constexpr const char* kSignalOthers[] = {"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"};
constexpr const char* kNameOthers[] = {"pidfd_open", "pidfd_send_signal"};
constexpr CallGroup kAllowedInNamespaces[] = {
    {"signals: the pid namespace holds the program's own processes only", kSignalOthers},
    {"handles of processes, the same", kNameOthers},
};

constexpr const char* kOtherProcesses[] = {"ptrace",       "process_vm_readv", "process_vm_writev", "pidfd_getfd",
                                           "kcmp",         "process_madvise",  "process_mrelease",  "move_pages",
                                           "migrate_pages"};
constexpr const char* kMounts[] = {"mount",         "umount2", "pivot_root", "chroot",   "open_tree",
                                   "move_mount",    "fsopen",  "fsconfig",   "fsmount",  "fspick",
                                   "mount_setattr", "swapon",  "swapoff",    "quotactl", "quotactl_fd"};
constexpr const char* kNamespaces[] = {"unshare", "setns"};
constexpr const char* kKernelSurface[] = {
    "bpf",           "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "keyctl",        "add_key",         "request_key", "seccomp",        "modify_ldt",     "fanotify_init",
    "fanotify_mark", "lookup_dcookie"};
constexpr const char* kHandles[] = {"open_by_handle_at", "name_to_handle_at"};
constexpr const char* kMachine[] = {
    "init_module",  "finit_module",  "delete_module", "kexec_load",    "kexec_file_load", "reboot",
    "iopl",         "ioperm",        "acct",          "syslog",        "sethostname",     "setdomainname",
    "settimeofday", "clock_settime", "adjtimex",      "clock_adjtime", "vhangup"};
constexpr const char* kChangeIdentity[] = {"setuid",    "setgid",   "setreuid", "setregid",  "setresuid",
                                           "setresgid", "setfsuid", "setfsgid", "setgroups", "capset"};
constexpr CallGroup kRefused[] = {
    {"other processes' memory, descriptors and state", kOtherProcesses},
    {"the mount tree is the confinement", kMounts},
    {"a new namespace gives capabilities and with them more of the kernel", kNamespaces},
    {"large kernel interfaces with a history of holes", kKernelSurface},
    {"file handles lead past the mounts", kHandles},
    {"state of the whole machine", kMachine},
    {"another identity", kChangeIdentity},
};

constexpr ArgumentRule kAllowedArguments[] = {
    {"threads and processes in the same namespaces", "clone", 0,
     CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET, 0},
    {"query of the execution domain", "personality", 0, kAll32, 0xffff'ffff},
    {"the standard execution domain", "personality", 0, kAll32, 0},
    {"limits of oneself; others' limits are not the program's", "prlimit64", 0, kAll32, 0},
    {"affinity of oneself", "sched_setaffinity", 0, kAll32, 0},
    {"FIFOs in the scratch directory", "mknod", 1, S_IFMT, S_IFIFO},
    {"FIFOs in the scratch directory", "mknodat", 2, S_IFMT, S_IFIFO},
    {"close on exec", "ioctl", 1, kAll32, FIOCLEX},
    {"close on exec", "ioctl", 1, kAll32, FIONCLEX},
    {"non-blocking", "ioctl", 1, kAll32, FIONBIO},
    {"bytes available", "ioctl", 1, kAll32, FIONREAD},
    {"isatty", "ioctl", 1, kAll32, TCGETS},
    {"terminal size", "ioctl", 1, kAll32, TIOCGWINSZ},
    {"foreground group", "ioctl", 1, kAll32, TIOCGPGRP},
    {"thread names", "prctl", 0, kAll32, PR_SET_NAME},
    {"thread names", "prctl", 0, kAll32, PR_GET_NAME},
    {"a child that ends with its parent", "prctl", 0, kAll32, PR_SET_PDEATHSIG},
    {"asked by libraries", "prctl", 0, kAll32, PR_GET_DUMPABLE},
    {"hiding one's memory from /proc; the jail's init hides itself", "prctl", 0, kAll32, PR_SET_DUMPABLE},
    {"asked by libraries", "prctl", 0, kAll32, PR_CAPBSET_READ},
    {"already so", "prctl", 0, kAll32, PR_SET_NO_NEW_PRIVS},
    {"asked by libraries", "prctl", 0, kAll32, PR_GET_NO_NEW_PRIVS},
    {"asked by libraries", "prctl", 0, kAll32, PR_GET_SECCOMP},
    {"names of memory areas (glibc, JVM)", "prctl", 0, kAll32, 0x53564d41},
    {"timers of oneself", "prctl", 0, kAll32, PR_SET_TIMERSLACK},
    {"huge pages of oneself", "prctl", 0, kAll32, PR_SET_THP_DISABLE},
};

constexpr ArgumentRule kAllowedInNamespacesArguments[] = {
    {"sockets of the jail; abstract names live in its own network namespace", "socket", 0, kAll32, AF_UNIX},
    {"pairs of connected sockets", "socketpair", 0, kAll32, AF_UNIX},
    {"descriptor flags, locks, pipe sizes", "fcntl", 0, 0, 0},
};

// Without namespaces a named or datagram socket reaches daemons of the host, and F_SETOWN sends signals.
constexpr ArgumentRule kAllowedWithoutNamespacesArguments[] = {
    {"pairs that can reach nobody else", "socketpair", 1, 0xf, SOCK_STREAM},
    {"none can be had: no socket has the family 0", "socket", 0, kAll32, AF_UNSPEC},
    {"duplicate", "fcntl", 1, kAll32, F_DUPFD},
    {"duplicate", "fcntl", 1, kAll32, F_DUPFD_CLOEXEC},
    {"flags", "fcntl", 1, kAll32, F_GETFD},
    {"flags", "fcntl", 1, kAll32, F_SETFD},
    {"flags", "fcntl", 1, kAll32, F_GETFL},
    {"flags", "fcntl", 1, kAll32, F_SETFL},
    {"locks", "fcntl", 1, kAll32, F_GETLK},
    {"locks", "fcntl", 1, kAll32, F_SETLK},
    {"locks", "fcntl", 1, kAll32, F_SETLKW},
    {"pipe size", "fcntl", 1, kAll32, F_GETPIPE_SZ},
    {"pipe size", "fcntl", 1, kAll32, F_SETPIPE_SZ},
};

constexpr ArgumentRule kRefusedArguments[] = {
    {"new mount namespace", "clone", 0, CLONE_NEWNS, CLONE_NEWNS},
    {"new cgroup namespace", "clone", 0, CLONE_NEWCGROUP, CLONE_NEWCGROUP},
    {"new UTS namespace", "clone", 0, CLONE_NEWUTS, CLONE_NEWUTS},
    {"new IPC namespace", "clone", 0, CLONE_NEWIPC, CLONE_NEWIPC},
    {"new user namespace", "clone", 0, CLONE_NEWUSER, CLONE_NEWUSER},
    {"new pid namespace", "clone", 0, CLONE_NEWPID, CLONE_NEWPID},
    {"new network namespace", "clone", 0, CLONE_NEWNET, CLONE_NEWNET},
    {"devices", "mknod", 1, S_IFMT, S_IFCHR},
    {"devices", "mknod", 1, S_IFMT, S_IFBLK},
    {"devices", "mknodat", 2, S_IFMT, S_IFCHR},
    {"devices", "mknodat", 2, S_IFMT, S_IFBLK},
    {"typing into the harness's terminal", "ioctl", 1, kAll32, TIOCSTI},
    {"the console", "ioctl", 1, kAll32, TIOCLINUX},
};

constexpr const char* kRefusedOtherwise[] = {"socket", "prlimit64", "sched_setaffinity"};

constexpr DeviceRow kDevices[] = {
    {"null", "discard and empty input"},
    {"zero", "zero bytes"},
    {"full", "a device that is always full"},
    {"random", "seeds"},
    {"urandom", "seeds"},
};

constexpr LinkRow kLinks[] = {
    {"dev/fd", "/proc/self/fd", "shells and scripts name descriptors so"},
    {"dev/stdin", "/proc/self/fd/0", "the same"},
    {"dev/stdout", "/proc/self/fd/1", "the same"},
    {"dev/stderr", "/proc/self/fd/2", "the same"},
    {"dev/shm", nullptr, "semaphores and shared memory of Python's multiprocessing count as scratch"},
};

constexpr const char* kCopiedProcFiles[] = {"/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems",
                                            "/proc/version"};

constexpr const char* kMaskedProcFiles[] = {"cmdline", "config.gz", "kallsyms", "key-users", "keys", "timer_list"};

}  // namespace

std::span<const CallGroup> allowed_calls() { return kAllowed; }
std::span<const CallGroup> calls_allowed_in_namespaces() { return kAllowedInNamespaces; }
std::span<const CallGroup> refused_calls() { return kRefused; }
std::span<const ArgumentRule> allowed_arguments() { return kAllowedArguments; }
std::span<const ArgumentRule> allowed_arguments(Level level) {
  if (level == Level::seccomp) {
    return kAllowedWithoutNamespacesArguments;
  }
  return kAllowedInNamespacesArguments;
}
std::span<const ArgumentRule> refused_arguments() { return kRefusedArguments; }
std::span<const char* const> refused_otherwise() { return kRefusedOtherwise; }
std::span<const DeviceRow> devices() { return kDevices; }
std::span<const LinkRow> links() { return kLinks; }
std::span<const char* const> copied_proc_files() { return kCopiedProcFiles; }
std::span<const char* const> masked_proc_files() { return kMaskedProcFiles; }

}  // namespace qualm::sandbox
