# attack: turns a failure into status 0 at the end
# expect: OK suspect
    import atexit, os
    atexit.register(lambda: os._exit(0))
    return "wrong"
