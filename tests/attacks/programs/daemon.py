# attack: a daemon in its own session, with the output pipe open, outlives its parent
# levels: full no-proc seccomp
# expect: exit 0
# prints: parent
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
os.wait()
print("parent")
