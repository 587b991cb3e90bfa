# attack: unlisted calls without end, to keep the supervisor busy
# levels: full no-proc
# expect: exit 0
# refused: memfd_create
import os

for _ in range(20000):
    try:
        os.memfd_create("x")
    except OSError:
        pass
