# attack: ten megabytes in one line
# expect: OK
    print("x" * 10_000_000)
    return "right"
