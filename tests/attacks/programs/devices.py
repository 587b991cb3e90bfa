# attack: devices, by name and by number
# levels: full no-proc
# expect: exit 0
# prints: held
import os
import stat

found = []
for name in ["sda", "vda", "mem", "kmsg", "tty", "ptmx", "fuse", "kvm", "net/tun", "console", "loop-control"]:
    if os.path.exists("/dev/" + name):
        found.append(name)
for kind in [stat.S_IFBLK, stat.S_IFCHR]:
    try:
        os.mknod("device", kind | 0o666, os.makedev(1, 1))
        found.append("mknod")
    except OSError:
        pass
os.mkfifo("allowed")
print(found or "held")
