# attack: a chain of processes that each start the next and end, to outrun whoever kills them
# levels: full no-proc seccomp
# expect: exit 0
# limits: processes=48
import os

if os.fork() == 0:
    os.setsid()
    while True:
        try:
            if os.fork() != 0:
                os._exit(0)
        except OSError:
            pass
