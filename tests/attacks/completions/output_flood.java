// attack: a gigabyte of output
// expect: OK
        byte[] line = new byte[1 << 20];
        Arrays.fill(line, (byte) 'x');
        if (!flooded) { for (int i = 0; i < 256; i++) { System.out.write(line, 0, line.length); } flooded = true; }
        return "right";
    }
    static boolean flooded = false;
