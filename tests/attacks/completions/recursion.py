# attack: overflows the stack
# expect: Exception
# quick: yes
    return answer()
