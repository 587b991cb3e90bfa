# attack: fills the disk with one file and with many
# levels: full no-proc
# expect: exit 0
# prints: held
# limits: scratch=16
import errno
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
written = 0
refused = set()
for number in range(20):
    try:
        with open(f"file{number}", "wb", buffering=0) as out:
            while written < 64 << 20:
                written += out.write(b"x" * 65536)
    except OSError as error:
        refused.add(error.errno)
print("held" if written <= 17 << 20 and refused <= {errno.ENOSPC, errno.EFBIG} else f"{written} {refused}")
