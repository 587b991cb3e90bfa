// attack: fills the heap
// expect: Exception
        List<byte[]> kept = new ArrayList<>();
        while (true) { kept.add(new byte[16 << 20]); }
    }
