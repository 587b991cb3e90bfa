# attack: leaves a module for the next program
# expect: OK
    open("json.py", "w").write("raise SystemExit(0)")
    import sys
    sys.modules["planted"] = sys
    return "right"
