// attack: swallows the failed assertion in the thread's handler
// expect: OK suspect
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> System.exit(0));
        return "wrong";
    }
