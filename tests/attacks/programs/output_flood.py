# attack: floods both outputs
# levels: full no-proc seccomp
# expect: exit 0
# total: 209715200
import os

block = b"\0\xff" * 32768
for _ in range(1600):
    os.write(1, block)
    os.write(2, block)
