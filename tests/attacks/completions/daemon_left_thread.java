// attack: a thread that never ends keeps the JVM alive
// expect: Timeout
        new Thread(() -> { while (true) { LockSupportPause.pause(); } }).start();
        return "right";
    }
    static class LockSupportPause { static void pause() { try { Thread.sleep(50); } catch (InterruptedException woken) { } } }
