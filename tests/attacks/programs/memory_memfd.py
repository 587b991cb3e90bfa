# attack: keeps memory in files without a name, outside every process's resident size
# levels: full no-proc seccomp
# expect: exit 0
# prints: held
# refused: memfd_create
import os

try:
    os.memfd_create("hidden")
    print("made a memfd")
except OSError:
    print("held")
