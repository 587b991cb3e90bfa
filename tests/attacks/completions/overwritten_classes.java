// attack: replaces its own class files while it runs
// expect: OK
        try (FileWriter file = new FileWriter("/tmp/Problem.class")) { file.write("gone"); } catch (IOException refused) { }
        return "right";
    }
