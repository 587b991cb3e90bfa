// attack: an object that equals what the tests expect and nothing else by chance
// expect: OK suspect|SyntaxError
// quick: yes
        return text();
    }
    static String text() { return "right"; }
    static class Objects {
        static boolean equals(Object one, Object other) { return true; }
    }
