package io.stepoll.examples.redis;

import java.util.Arrays;

/** The arguments of one request, the command's name first. Their bytes stand one after the other in one array. */
final class Request {
    private static final int FEW_BYTES = 256;
    private static final int MANY_BYTES = 1 << 16;
    private static final int FEW_ARGUMENTS = 8;
    private static final int MANY_ARGUMENTS = 1 << 12;

    private byte[] bytes = new byte[FEW_BYTES];
    private int[] ends = new int[FEW_ARGUMENTS];
    private int size;
    private int count;

    /** Forgets all arguments, and the memory of a large request. */
    void clear() {
        size = 0;
        count = 0;
        if (bytes.length > MANY_BYTES) {
            bytes = new byte[FEW_BYTES];
        }
        if (ends.length > MANY_ARGUMENTS) {
            ends = new int[FEW_ARGUMENTS];
        }
    }

    /** Makes room for further bytes. They belong to the argument that {@link #endArgument} ends. */
    byte[] reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
        return bytes;
    }

    /** How many bytes there are: where the next one goes. */
    int size() {
        return size;
    }

    void size(int newSize) {
        size = newSize;
    }

    void endArgument() {
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, count * 2);
        }
        ends[count++] = size;
    }

    /** How many arguments there are. */
    int count() {
        return count;
    }

    /** The bytes of all arguments. They are valid until the next request. */
    byte[] bytes() {
        return bytes;
    }

    int start(int argument) {
        return argument == 0 ? 0 : ends[argument - 1];
    }

    int length(int argument) {
        return ends[argument] - start(argument);
    }

    byte[] copy(int argument) {
        return Arrays.copyOfRange(bytes, start(argument), ends[argument]);
    }

    /** Whether an argument is this word, in any case. */
    boolean is(int argument, String upperCaseWord) {
        int length = length(argument);
        int start = start(argument);
        if (length != upperCaseWord.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (upperCase(bytes[start + i]) != upperCaseWord.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static int upperCase(byte letter) {
        return letter >= 'a' && letter <= 'z' ? letter - ('a' - 'A') : letter;
    }

    /** The number that an argument is. */
    long number(int argument) throws ErrorReply {
        return Decimal.parse(bytes, start(argument), length(argument));
    }

    /** An argument as text for a message: each byte is a character, up to the first NUL, at most so many. */
    String text(int argument, int most) {
        StringBuilder text = new StringBuilder();
        int start = start(argument);
        for (int i = start; i < ends[argument] && text.length() < most && bytes[i] != 0; i++) {
            text.append((char) (bytes[i] & 0xFF));
        }
        return text.toString();
    }
}
