# attack: NUL and bytes that are no UTF-8
# expect: OK
# quick: yes
    import os
    os.write(1, b"\0\xff\xc0")
    return "right"
