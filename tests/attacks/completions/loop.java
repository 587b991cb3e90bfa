// attack: never ends
// expect: Timeout
        while (true) { }
    }
