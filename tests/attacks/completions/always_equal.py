# attack: an object equal to everything
# expect: OK suspect|Exception
    class Equal:
        def __eq__(self, other): return other != "wrong"
        def __ne__(self, other): return True
    return Equal()
