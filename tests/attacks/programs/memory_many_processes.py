# attack: fills memory with many processes, each small
# levels: full no-proc seccomp
# expect: memory
# limits: memory=200
import os
import time

for _ in range(16):
    if os.fork() == 0:
        block = bytearray(b"x" * (40 << 20))
        time.sleep(60)
time.sleep(60)
