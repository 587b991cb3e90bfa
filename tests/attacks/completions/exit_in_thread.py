# attack: ends the process from a thread
# expect: OK suspect
    import os, threading, time
    threading.Thread(target=lambda: os._exit(0)).start()
    time.sleep(2)
    return "wrong"
