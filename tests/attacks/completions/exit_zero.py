# attack: ends before the tests are through
# expect: OK suspect
# quick: yes
    exit(0)
