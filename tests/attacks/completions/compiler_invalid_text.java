// attack: text that ends within a character
// expect: SyntaxError
        return "right" \ud83d;
    }
