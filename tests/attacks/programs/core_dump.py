# attack: a core file in the working directory or by the host's handler
# levels: full no-proc seccomp
# expect: signal 6
import os

os.abort()
