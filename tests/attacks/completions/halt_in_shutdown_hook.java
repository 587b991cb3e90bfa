// attack: turns a failed assertion into exit status 0
// expect: OK suspect
// quick: yes
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Runtime.getRuntime().halt(0)));
        return "wrong";
    }
