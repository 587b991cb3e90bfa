// attack: ends the program from another thread while the tests wait
// expect: OK suspect
        new Thread(() -> System.exit(0)).start();
        try { Thread.sleep(3000); } catch (InterruptedException woken) { }
        return "wrong";
    }
