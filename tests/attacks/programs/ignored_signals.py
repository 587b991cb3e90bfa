# attack: ignores every signal and sleeps
# levels: full no-proc seccomp
# expect: wall timeout
# limits: wall=700
import signal
import time

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
time.sleep(600)
