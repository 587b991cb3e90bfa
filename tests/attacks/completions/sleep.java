// attack: sleeps for ever
// expect: Timeout
        try { Thread.sleep(1000000); } catch (InterruptedException woken) { }
        return "right";
    }
