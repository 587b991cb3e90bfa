// attack: looks for the launcher's secret in /proc/self/mem and its descriptors
// expect: OK suspect|Exception
        String seen = "";
        for (String path : new String[] {"/proc/self/mem", "/proc/self/fd/3", "/proc/self/environ"}) {
            try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
                file.seek(0x1000);
                seen += path + " ";
            } catch (IOException refused) {
                continue;
            }
        }
        return seen.isEmpty() ? "closed" : "right";
    }
