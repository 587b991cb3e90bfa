import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.*;
import java.util.function.*;
import java.util.stream.*;

/**
 * Uses what programs usually use. The JVM's list of the classes loaded here makes the archive that programs start
 * from; it decides speed and nothing else.
 */
public final class TypicalProgram {
    private static long square(long number) {
        return number * number;
    }

    public static void main(String[] arguments) throws Exception {
        List<Long> numbers = new ArrayList<>(Arrays.asList(3L, 1L, 2L));
        Collections.sort(numbers);
        numbers.sort(Comparator.comparing((Long number) -> -number).thenComparing(Comparator.naturalOrder()));
        Map<String, Long> counts = new HashMap<>(Map.of("a", 1L));
        counts.merge("b", 1L, Long::sum);
        new TreeMap<>(counts).forEach((key, value) -> counts.getOrDefault(key, value));
        Set<Character> letters = new HashSet<>();
        for (char letter : "letters of a text".toCharArray()) {
            letters.add(Character.toLowerCase(letter));
        }
        String text = numbers.stream().map(TypicalProgram::square).filter(number -> number % 2 == 1)
                .map(String::valueOf).collect(Collectors.joining(", "));
        int[] sorted = IntStream.range(0, 9).map(number -> 9 - number).sorted().toArray();
        String made = text + sorted.length + ' ' + numbers.get(0) + String.format(" %.2f %d", 1.5, 2L);
        StringBuilder reversed = new StringBuilder(made).reverse();
        Optional<Long> largest = numbers.stream().max(Long::compare);
        Deque<Integer> stack = new ArrayDeque<>(List.of(1, 2));
        Queue<Integer> queue = new PriorityQueue<>(stack);
        Object[] values = {letters, reversed, largest, queue.poll(), new LinkedList<>(stack), new LinkedHashMap<>(counts),
            BigInteger.TEN.pow(3), made.split(" "), made.replaceAll("[aeiou]", ""), new Random(1).nextInt(5), Math.sqrt(2),
            MessageDigest.getInstance("MD5").digest(made.getBytes())};
        Function<Object, String> describe = Objects::toString;
        BiFunction<Long, Long, Long> add = (left, right) -> left + right;
        System.out.println(Arrays.stream(values).map(describe).collect(Collectors.toList()).size() + add.apply(1L, 2L));
        try {
            assert numbers.equals(List.of());
        } catch (AssertionError expected) {
            expected.printStackTrace();
        }
    }
}
