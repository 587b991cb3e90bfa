// attack: asks the class loader to switch assertions off
// expect: Exception
        ClassLoader.getSystemClassLoader().setDefaultAssertionStatus(false);
        return "wrong";
    }
