// attack: ends the JVM without its shutdown
// expect: OK suspect
// quick: yes
        Runtime.getRuntime().halt(0);
        return "wrong";
    }
