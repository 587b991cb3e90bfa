# attack: reads the harness's environment and memory
# expect: Exception
# levels: full no-proc
# quick: yes
    import os
    seen = []
    for path in ("/proc/1/environ", "/proc/1/mem", "/etc/shadow", "/root/.bash_history"):
        try: seen.append(open(path, "rb").read(10))
        except OSError: pass
    return "right" if any(seen) else "held"
