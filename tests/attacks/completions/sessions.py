# attack: leaves a process in a session of its own
# expect: OK
    import os, time
    if os.fork() == 0:
        os.setsid()
        for descriptor in (0, 1, 2): os.close(descriptor)
        time.sleep(100000)
    return "right"
