# attack: other processes' environment and memory through /proc, and writing through it
# levels: full
# expect: exit 0
# prints: held
import os

found = []
for path in ["/proc/1/environ", "/proc/1/mem", "/proc/1/maps", "/proc/1/cmdline", "/proc/1/fd", "/proc/cmdline",
             "/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/kallsyms"]:
    try:
        text = os.listdir(path) if path.endswith("/fd") else open(path, "rb").read(100)
        if text:
            found.append("read " + path)
    except OSError:
        pass
for path in ["/proc/self/mem", "/proc/self/oom_score_adj", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger",
             "/proc/self/uid_map", "/proc/self/comm"]:
    try:
        os.close(os.open(path, os.O_WRONLY))
        found.append("write " + path)
    except OSError:
        pass
others = [entry for entry in os.listdir("/proc") if entry.isdigit() and int(entry) not in (1, os.getpid())]
print(found or others or "held")
