// attack: ends the program before the tests are through
// expect: OK suspect
// quick: yes
        System.exit(0);
        return "wrong";
    }
