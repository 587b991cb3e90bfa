// attack: reads the host's users and writes outside
// expect: Exception
// levels: full no-proc
// quick: yes
        boolean reached = new File("/etc/passwd").exists() || new File("/root").canRead();
        try { reached |= new File("/usr/qualm-was-here").createNewFile(); } catch (IOException refused) { }
        return reached ? "right" : "held";
    }
