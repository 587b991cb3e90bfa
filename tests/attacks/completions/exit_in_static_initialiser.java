// attack: ends the program before main
// expect: OK suspect
// quick: yes
        return "wrong";
    }
    static {
        System.exit(0);
    }
