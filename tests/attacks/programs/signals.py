# attack: signals to the harness, to init and to everyone
# levels: full no-proc seccomp
# expect: exit 0
# prints: held
import os
import signal

found = []
for target in [int(os.environ["HOST_PROCESS"]), -int(os.environ["HOST_PROCESS"]), os.getppid(), -1]:
    for number in [0, signal.SIGUSR1, signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL]:
        try:
            os.kill(target, number)
            # In a pid namespace the parent is init, which takes no signal; and "everyone" is the jail.
            if target not in (os.getppid(), -1) or os.getppid() > 1:
                found.append((target, number))
        except OSError:
            pass
print(found if found and os.getppid() > 1 else "held")
