# attack: several processes burn CPU time; each alone stays under the limit
# levels: full no-proc seccomp
# expect: cpu timeout
# limits: wall=20000 cpu=1
import os

for _ in range(3):
    os.fork()
while True:
    pass
