// attack: leaves a top-level class String to the programs to come
// expect: SyntaxError|Exception|OK suspect
// quick: yes
        return null;
    }
}
class String {
    static String answer() { return null; }
