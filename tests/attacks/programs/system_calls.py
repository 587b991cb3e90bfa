# attack: the system calls that lead out of a jail
# levels: full no-proc seccomp
# expect: exit 0
# prints: held
import ctypes
import errno
import platform

libc = ctypes.CDLL(None, use_errno=True)
numbers = {
    "ptrace": 101, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "bpf": 321, "perf_event_open": 298,
    "userfaultfd": 323, "io_uring_setup": 425, "keyctl": 250, "add_key": 248, "request_key": 249, "reboot": 169,
    "init_module": 175, "finit_module": 313, "kexec_load": 246, "open_by_handle_at": 304, "name_to_handle_at": 303,
    "swapon": 167, "sethostname": 170, "settimeofday": 164, "setuid": 105, "setgroups": 116, "capset": 126,
    "fsopen": 430, "open_tree": 428, "move_mount": 429, "mount_setattr": 442, "pidfd_getfd": 438, "seccomp": 317,
    "iopl": 172, "ioperm": 173, "fanotify_init": 300, "modify_ldt": 154, "syslog": 103,
}
found = []
if platform.machine() == "x86_64":
    for name, number in numbers.items():
        ctypes.set_errno(0)
        if libc.syscall(number, 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != errno.EPERM:
            found.append((name, errno.errorcode.get(ctypes.get_errno())))
    ctypes.set_errno(0)
    if libc.syscall(435, 0, 0) != -1 or ctypes.get_errno() != errno.ENOSYS:
        found.append(("clone3", ctypes.get_errno()))
    namespaces = {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x8000000,
                  "uts": 0x4000000, "cgroup": 0x2000000}
    for name, flag in namespaces.items():
        ctypes.set_errno(0)
        if libc.syscall(56, flag | 17, 0, 0, 0, 0) != -1 or ctypes.get_errno() != errno.EPERM:
            found.append(("clone " + name, ctypes.get_errno()))
    for name, request in {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C, "TIOCSTI with high bits": 0x100005412}.items():
        ctypes.set_errno(0)
        if libc.syscall(16, 0, ctypes.c_long(request), b"x") != -1 or ctypes.get_errno() != errno.EPERM:
            found.append((name, ctypes.get_errno()))
print(found or "held")
