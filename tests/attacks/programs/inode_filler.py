# attack: makes files without end
# levels: full no-proc
# expect: exit 0
# prints: held
# limits: inodes=500
made = 0
try:
    while made < 100_000:
        open(f"f{made}", "w").close()
        made += 1
except OSError:
    pass
print("held" if made < 500 else made)
