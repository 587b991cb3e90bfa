// attack: sets the compiler's own field by reflection
// expect: Exception
        try {
            java.lang.reflect.Field off = Problem.class.getDeclaredField("$assertionsDisabled");
            off.setAccessible(true);
            off.set(null, true);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
        return "wrong";
    }
