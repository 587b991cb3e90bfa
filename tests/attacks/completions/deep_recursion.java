// attack: overflows the stack
// expect: Exception
        return answer() + "x";
    }
