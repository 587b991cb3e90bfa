// attack: crashes the JVM
// expect: Exception
        try {
            java.lang.reflect.Field holder = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
            holder.setAccessible(true);
            ((sun.misc.Unsafe) holder.get(null)).putAddress(0, 0);
        } catch (ReflectiveOperationException error) { }
        return "right";
    }
