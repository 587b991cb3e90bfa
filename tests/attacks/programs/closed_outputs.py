# attack: closes its outputs, so that waiting for their end ends too early, and goes on
# levels: full no-proc seccomp
# expect: wall timeout
# limits: wall=700
import os
import time

os.close(1)
os.close(2)
time.sleep(600)
