# attack: reads and changes files of the host
# levels: full no-proc
# expect: exit 0
# prints: held
import os

found = []
canary = os.environ["HOST_FILE"]
for path in [canary, "/etc/shadow", "/etc/passwd", "/root/.ssh", "/home", "/var", "/sys", "/proc/1/root" + canary,
             "/proc/self/root/etc/shadow", "../../../../.." + canary]:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path).read()
        found.append("read " + path)
    except OSError:
        pass
for path in [canary, "/usr/bin/planted", "/usr/lib/planted", "/planted", "/dev/planted", "/proc/planted"]:
    try:
        open(path, "w").write("changed")
        found.append("wrote " + path)
    except OSError:
        pass
for change in [lambda: os.chmod("/usr/bin/python3", 0o777), lambda: os.remove("/usr/bin/python3"),
               lambda: os.mkdir("/made"), lambda: os.rename("/usr/lib", "/usr/bil")]:
    try:
        change()
        found.append("changed")
    except OSError:
        pass
print(found or "held")
