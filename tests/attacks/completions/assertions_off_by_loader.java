// attack: switches assertions off for classes to come, and for Problem by unsafe means
// expect: OK suspect|Exception
// quick: yes
        try {
            java.lang.reflect.Field holder = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
            holder.setAccessible(true);
            sun.misc.Unsafe unsafe = (sun.misc.Unsafe) holder.get(null);
            java.lang.reflect.Field off = Problem.class.getDeclaredField("$assertionsDisabled");
            unsafe.putBoolean(unsafe.staticFieldBase(off), unsafe.staticFieldOffset(off), true);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
        return "wrong";
    }
