# attack: fills memory through shared anonymous maps, which are no process's data
# levels: full no-proc seccomp
# expect: memory
# limits: memory=200
import mmap
import time

maps = []
for _ in range(100):
    area = mmap.mmap(-1, 8 << 20)
    for offset in range(0, len(area), 4096):
        area[offset] = 1
    maps.append(area)
    time.sleep(0.002)
time.sleep(60)
