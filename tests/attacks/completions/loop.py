# attack: never ends
# expect: Timeout
    while True: pass
