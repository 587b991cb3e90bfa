# attack: looks for what another program left
# expect: OK
# quick: yes
    import os, sys
    return "right" if "planted" not in sys.modules and not os.path.exists("json.py") else "wrong"
