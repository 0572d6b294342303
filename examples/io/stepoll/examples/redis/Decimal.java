package io.stepoll.examples.redis;

/** Decimal numbers as Redis takes them: no plus, no space, no leading zero. */
final class Decimal {
    private static final int BASE = 10;
    private static final int MOST_DIGITS = 19;

    private Decimal() {}

    /** Parses a number. */
    static long parse(byte[] bytes, int start, int length) throws ErrorReply {
        int end = start + length;
        boolean negative = length > 0 && bytes[start] == '-';
        int first = negative ? start + 1 : start;
        if (first == end || end - first > MOST_DIGITS || bytes[first] == '0' && length > 1) {
            throw ErrorReply.NO_INTEGER;
        }
        long value = 0; // negative, as there is one negative number more
        for (int i = first; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit >= BASE || value < (Long.MIN_VALUE + digit) / BASE) {
                throw ErrorReply.NO_INTEGER;
            }
            value = value * BASE - digit;
        }
        if (!negative && value == Long.MIN_VALUE) {
            throw ErrorReply.NO_INTEGER;
        }
        return negative ? value : -value;
    }

    /** How many characters a number has. */
    static int length(long number) {
        int length = number < 0 ? 2 : 1;
        for (long rest = number / BASE; rest != 0; rest /= BASE) {
            length++;
        }
        return length;
    }

    /** Writes a number into an array. Returns where it ends. */
    static int put(long number, byte[] target, int start) {
        int end = start + length(number);
        long rest = number;
        int next = end;
        do {
            target[--next] = (byte) ('0' + Math.abs(rest % BASE));
            rest /= BASE;
        } while (rest != 0);
        if (number < 0) {
            target[start] = '-';
        }
        return end;
    }
}
