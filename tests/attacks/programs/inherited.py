# attack: descriptors, variables and signal settings inherited from the harness
# levels: full no-proc seccomp
# expect: exit 0
# prints: held
import os
import signal

found = []
for number in range(3, 256):
    try:
        os.fstat(number)
        found.append(number)
    except OSError:
        pass
allowed = {"HOST_PORT", "HOST_SOCKET", "HOST_FILE", "HOST_PROCESS", "PATH", "LC_CTYPE"}
found += [name for name in os.environ if name not in allowed]
if os.read(0, 1) != b"":
    found.append("input")
blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
found += list(blocked)
print(found or "held")
