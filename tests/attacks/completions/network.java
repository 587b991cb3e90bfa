// attack: connects to the host
// expect: Exception
// quick: yes
        try (java.net.Socket socket = new java.net.Socket("127.0.0.1", 22)) { return "right"; }
        catch (IOException refused) { return "refused"; }
    }
