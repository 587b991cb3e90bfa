# attack: raises SystemExit
# expect: OK suspect
    raise SystemExit
