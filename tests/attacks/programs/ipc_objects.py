# attack: System V objects that outlive their maker
# levels: full no-proc seccomp
# expect: exit 0
# prints: held
# refused: shmget semget msgget
import ctypes

libc = ctypes.CDLL(None)
made = [libc.shmget(4711, 4096, 0o1666), libc.semget(4711, 1, 0o1666), libc.msgget(4711, 0o1666)]
print("held" if made == [-1, -1, -1] else made)
