# attack: another identity, higher limits, privileges by exec
# levels: full no-proc seccomp
# expect: exit 0
# prints: held
import os
import resource

found = []
for change in [lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0]), lambda: os.setgid(0),
               lambda: resource.setrlimit(resource.RLIMIT_CORE, (1, 1)),
               lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20)),
               lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (1, 1)),
               lambda: os.sched_setaffinity(os.getppid(), [0])]:
    try:
        change()
        found.append("changed")
    except (OSError, ValueError):
        pass
if os.path.exists("/proc/self/status"):
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    # Without a user namespace an ordinary user has no right to empty the bounding set.
    bounding = ["CapBnd"] if os.getppid() == 1 else []
    for capabilities in ["CapPrm", "CapEff", "CapInh", "CapAmb"] + bounding:
        if int(status[capabilities], 16) != 0:
            found.append(capabilities)
    if status["NoNewPrivs"].strip() != "1" or status["Seccomp"].strip() != "2":
        found.append("status")
if 0 in (os.getuid(), os.geteuid()):
    found.append("root")
print(found or "held")
