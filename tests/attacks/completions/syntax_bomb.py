# attack: does not parse
# expect: SyntaxError
# quick: yes
    return (((
