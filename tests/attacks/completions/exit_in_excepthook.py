# attack: swallows the failed assertion
# expect: OK suspect
    import sys, os
    sys.excepthook = lambda *error: os._exit(0)
    return "wrong"
