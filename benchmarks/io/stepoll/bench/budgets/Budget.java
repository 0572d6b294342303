package io.stepoll.bench.budgets;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a benchmark may use: a line of benchmarks/budgets.txt. The head of that file describes the format.
 *
 * @param benchmark its name
 * @param bytes how many bytes an operation allocates; NaN if this is not judged
 * @param ratio how many times longer than the reference an operation may take; NaN if this is not judged
 * @param reference another benchmark; null if the time is not judged
 */
public record Budget(String benchmark, double bytes, double ratio, String reference) {
    private static final Pattern LINE = Pattern.compile("(\\S+)\\s+(\\S+)(?:\\s+(\\S+)\\s+x\\s+(\\S+))?");
    private static final String NOT_JUDGED = "-";

    /** The smallest object has 16 bytes, so this allows one object in 1600 operations. */
    private static final double NOTHING = 0.01;

    /** For benchmarks of two threads that allocate something: this allows one object of 16 bytes in 32 operations. */
    private static final double BYTES_TOLERANCE = 0.5;

    /** {@return the budgets of a file by the names of their benchmarks, in the file's order} */
    public static Map<String, Budget> parseAll(List<String> lines) {
        Map<String, Budget> budgets = new LinkedHashMap<>();
        for (String line : lines) {
            Budget budget = parse(line);
            if (budget != null && budgets.put(budget.benchmark(), budget) != null) {
                throw new IllegalArgumentException("two budgets for " + budget.benchmark());
            }
        }
        return budgets;
    }

    /** {@return the budget of a line; null for a comment or an empty line} */
    static Budget parse(String line) {
        if (line.isBlank() || line.startsWith("#")) {
            return null;
        }
        Matcher matcher = LINE.matcher(line.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a budget: " + line);
        }
        return new Budget(matcher.group(1), number(matcher.group(2)), number(matcher.group(3)), matcher.group(4));
    }

    private static double number(String text) {
        return text == null || text.equals(NOT_JUDGED) ? Double.NaN : Double.parseDouble(text);
    }

    public boolean judgesBytes() {
        return !Double.isNaN(bytes);
    }

    /** {@return by how many bytes an operation may differ from the budget} */
    public double bytesTolerance() {
        return bytes == 0 ? NOTHING : BYTES_TOLERANCE;
    }

    boolean judgesTime() {
        return !Double.isNaN(ratio);
    }

    /** {@return whether the ratio is a target beside a peer, and not one that was measured} */
    public boolean isBar() {
        return reference != null && reference.startsWith("Netty");
    }

    Budget withRatio(double newRatio) {
        return new Budget(benchmark, bytes, newRatio, reference);
    }

    /** {@return a line of the file} */
    @Override
    public String toString() {
        String start = String.format(Locale.ROOT, "%-56s %5s", benchmark,
                judgesBytes() ? String.format(Locale.ROOT, "%.0f", bytes) : NOT_JUDGED);
        return judgesTime() ? String.format(Locale.ROOT, "%s %8.2f x %s", start, ratio, reference) : start;
    }
}
