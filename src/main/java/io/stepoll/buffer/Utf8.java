package io.stepoll.buffer;

import java.nio.ByteBuffer;

/** Text as bytes, without an object in between. */
final class Utf8 {
    /** How many bytes one char may become: two of them, a pair of surrogates, become four. */
    static final int MOST_BYTES = 3;

    private static final int LAST_OF_ONE = 0x7f;
    private static final int LAST_OF_TWO = 0x7ff;
    private static final int LAST_OF_THREE = 0xffff;
    private static final int CONTINUED_BITS = 6;
    private static final int CONTINUED = 0x80;
    private static final int CONTINUED_MASK = 0x3f;

    private Utf8() {}

    /**
     * Puts a part of a text into a buffer that has room for it, {@link #MOST_BYTES} for each char. A surrogate without
     * the other one becomes a question mark, as {@link String#getBytes} has it.
     *
     * @return where the next part begins: at the end, or one char before it, which may be half a pair
     */
    static int put(CharSequence text, int from, int to, ByteBuffer buffer) {
        int i = from;
        while (i < to) {
            char next = text.charAt(i);
            if (next <= LAST_OF_ONE) {
                buffer.put((byte) next);
                i++;
            } else if (!Character.isSurrogate(next)) {
                putCodePoint(next, buffer);
                i++;
            } else if (i + 1 == to && to < text.length()) {
                return i;
            } else if (Character.isHighSurrogate(next) && i + 1 < to && Character.isLowSurrogate(text.charAt(i + 1))) {
                putCodePoint(Character.toCodePoint(next, text.charAt(i + 1)), buffer);
                i += 2;
            } else {
                buffer.put((byte) '?');
                i++;
            }
        }
        return i;
    }

    private static void putCodePoint(int code, ByteBuffer buffer) {
        if (code <= LAST_OF_TWO) {
            buffer.put((byte) (0xc0 | code >> CONTINUED_BITS));
        } else {
            if (code <= LAST_OF_THREE) {
                buffer.put((byte) (0xe0 | code >> 2 * CONTINUED_BITS));
            } else {
                buffer.put((byte) (0xf0 | code >> 3 * CONTINUED_BITS));
                buffer.put(continued(code >> 2 * CONTINUED_BITS));
            }
            buffer.put(continued(code >> CONTINUED_BITS));
        }
        buffer.put(continued(code));
    }

    private static byte continued(int bits) {
        return (byte) (CONTINUED | bits & CONTINUED_MASK);
    }
}
