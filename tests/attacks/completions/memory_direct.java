// attack: fills direct buffers
// expect: Exception
        List<java.nio.ByteBuffer> kept = new ArrayList<>();
        while (true) { kept.add(java.nio.ByteBuffer.allocateDirect(64 << 20)); }
    }
