# attack: hangs when everything is done
# expect: Timeout
    import atexit, time
    atexit.register(lambda: time.sleep(100000))
    return "right"
