// attack: types whose inference takes exponential time
// expect: SyntaxError|OK|OK suspect
        Object bomb = deep(deep(deep(deep(deep(deep(deep(deep(null))))))));
        return "right";
    }
    static <T extends Comparable<? super T>> Map<T, Map<T, T>> deep(T value) { return null; }
