# attack: forks without end
# levels: full no-proc seccomp
# expect: wall timeout
# limits: wall=1500 processes=48
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
