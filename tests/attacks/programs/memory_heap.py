# attack: fills memory in one process
# levels: full no-proc seccomp
# expect: memory | exit 1
# limits: memory=100
blocks = []
while True:
    blocks.append(bytearray(b"x" * (4 << 20)))
