// attack: a method larger than a class file can hold
// expect: SyntaxError
// repeat: 9000 x += 123456789; x *= 3;
        int x = 0;
        @repeated@
        return "right";
    }
