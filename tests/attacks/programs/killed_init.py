# attack: ends or stops the first process of the jail
# levels: full no-proc
# expect: exit 0
# prints: held
import os
import signal

for number in [signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGCHLD]:
    try:
        os.kill(1, number)
    except OSError:
        pass
print("held")
