# attack: kills every process it can see
# expect: Exception|OK suspect
# quick: yes
    import os, signal
    os.kill(-1, signal.SIGKILL)
    return "wrong"
