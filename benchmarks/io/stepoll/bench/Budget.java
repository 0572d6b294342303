package io.stepoll.bench;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a benchmark may use: a line of benchmarks/budgets.txt, at whose head the format is.
 *
 * @param benchmark its name
 * @param bytes an operation may allocate; NaN if that is not judged
 * @param ratio the time of an operation may be so many times that of the reference; NaN if it is not judged
 * @param reference another benchmark
 */
record Budget(String benchmark, double bytes, double ratio, String reference) {
    private static final Pattern LINE = Pattern.compile("(\\S+)\\s+(\\S+)(?:\\s+(\\S+)\\s+x\\s+(\\S+))?");
    private static final String NOT_JUDGED = "-";

    /** Null for a comment or an empty line. */
    static Budget parse(String line) {
        if (line.isBlank() || line.startsWith("#")) {
            return null;
        }
        Matcher matcher = LINE.matcher(line.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("budgets: what is this? " + line);
        }
        return new Budget(matcher.group(1), number(matcher.group(2)), number(matcher.group(3)), matcher.group(4));
    }

    private static double number(String text) {
        return text == null || text.equals(NOT_JUDGED) ? Double.NaN : Double.parseDouble(text);
    }

    boolean judgesBytes() {
        return !Double.isNaN(bytes);
    }

    boolean judgesTime() {
        return !Double.isNaN(ratio);
    }

    /** Whether the ratio is one to be reached, next to a peer, and not to be taken from what was measured. */
    boolean isBar() {
        return reference != null && reference.startsWith("Netty");
    }

    Budget withRatio(double newRatio) {
        return new Budget(benchmark, bytes, newRatio, reference);
    }

    /** As a line of the file. */
    @Override
    public String toString() {
        String start = String.format(Locale.ROOT, "%-56s %5s", benchmark,
                judgesBytes() ? String.format(Locale.ROOT, "%.0f", bytes) : NOT_JUDGED);
        return judgesTime() ? String.format(Locale.ROOT, "%s %8.2f x %s", start, ratio, reference) : start;
    }
}
