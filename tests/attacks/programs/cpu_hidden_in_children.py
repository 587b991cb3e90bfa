# attack: burns CPU time in short-lived children that are gone when somebody looks
# levels: full no-proc seccomp
# expect: cpu timeout
# limits: wall=20000 cpu=1
import os
import time

while True:
    if os.fork() == 0:
        begin = time.process_time()
        while time.process_time() - begin < 0.05:
            pass
        os._exit(0)
    os.wait()
