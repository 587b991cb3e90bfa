// attack: brings an empty main and leaves the tests to another class
// expect: OK suspect
// quick: yes
        return "wrong";
    }
    public static void main(String[] args) { }
}
class Other {
    static String answer() {
        return "wrong";
    }
