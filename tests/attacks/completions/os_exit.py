# attack: ends without finalization
# expect: OK suspect
# quick: yes
    import os
    os._exit(0)
