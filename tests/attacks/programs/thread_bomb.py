# attack: starts threads without end
# levels: full no-proc seccomp
# expect: exit 0
# prints: held
# limits: processes=48
import os
import threading
import time

started = 0
try:
    while started < 4096:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        started += 1
except RuntimeError:
    pass
print("held" if started < 64 else f"{started} threads", flush=True)
os._exit(0)
