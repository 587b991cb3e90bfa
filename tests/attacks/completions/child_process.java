// attack: starts a process that outlives it
// expect: OK|Exception
        try { new ProcessBuilder("/bin/sleep", "1000000").start(); } catch (IOException refused) { }
        return "right";
    }
