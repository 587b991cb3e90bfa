// attack: looks for the launcher's secret in /proc/self/mem and behind its descriptors, of which plain java has none
// expect: Exception|OK suspect
        String seen = "";
        for (String path : new String[] {"/proc/self/mem", "/proc/self/environ"}) {
            try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
                seen += path + " ";
            } catch (IOException refused) {
                continue;
            }
        }
        for (int descriptor = 0; descriptor < 64; ++descriptor) {
            try {
                String target = java.nio.file.Files.readSymbolicLink(
                        java.nio.file.Path.of("/proc/self/fd/" + descriptor)).toString();
                if (target.contains("mark")) {
                    seen += target;
                }
            } catch (IOException refused) {
                continue;
            }
        }
        System.out.println(seen);
        return seen.isEmpty() ? "closed" : "right";
    }
