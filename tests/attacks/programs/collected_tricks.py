# attack: links, FIFOs, folders and huge files where the harness takes its products
# levels: full no-proc seccomp
# expect: exit 0
# collects: honest.product
import os

open("honest.product", "w").write("honest")
os.symlink(os.environ["HOST_FILE"], "symbolic.product")
os.symlink("/etc", "folder")
open("original", "w").write("x")
os.link("original", "hard.product")
os.mkfifo("fifo.product")
os.mkdir("directory.product")
with open("huge.product", "w") as huge:
    huge.truncate(200 << 20)
deep = "d"
for _ in range(100):
    os.mkdir(deep)
    deep += "/d"
