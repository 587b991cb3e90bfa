// attack: as many threads as the limit lets
// expect: Exception|OK
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            Thread thread = new Thread(() -> { try { Thread.sleep(100000); } catch (InterruptedException woken) { } });
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        return "right";
    }
