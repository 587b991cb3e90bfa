// attack: the same, with braces written as Unicode escapes in a comment
// expect: OK suspect
        return "wrong";
    }
    // \u000a public static void main(String[] args) { } } class Other { static String answer() { return ""; }
