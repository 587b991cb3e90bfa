# attack: children that stop themselves, and a stopped main process
# levels: full no-proc seccomp
# expect: wall timeout
# limits: wall=700
import os
import signal

for _ in range(4):
    if os.fork() == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGSTOP)
