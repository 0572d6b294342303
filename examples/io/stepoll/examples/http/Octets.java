package io.stepoll.examples.http;

import java.nio.ByteBuffer;

/** The classes of octets of RFC 9110 and RFC 3986, and comparisons of octets in a buffer. */
final class Octets {
    /** A letter, digit or sign of a token: of methods and of the names of fields. */
    static final int TOKEN = 1;

    /** A character of a path, without the percent sign. */
    static final int PATH = 2;

    /** A character of a query, without the percent sign. */
    static final int QUERY = 4;

    /** A character of a host name, without the percent sign. */
    static final int HOST = 8;

    static final int HEX = 16;

    static final int DIGIT = 32;

    /** A character between the quotes of a quoted string that needs no backslash. Controls are refused before. */
    static final int QUOTED = 64;

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final String DIGITS = "0123456789";
    private static final String UNRESERVED = LETTERS + DIGITS + "-._~";
    private static final String SUB_DELIMITERS = "!$&'()*+,;=";
    private static final byte[] CLASSES = classes();
    private static final byte CASE = 'a' - 'A';
    private static final int OCTET = 0xff;

    private static final long LOW_BITS = 0x7f7f7f7f7f7f7f7fL;
    private static final long HIGH_BITS = ~LOW_BITS;
    private static final long ONES = 0x0101010101010101L;
    private static final long LOWER_CASE = 0x2020202020202020L;
    private static final long FROM_0X21 = 0x5f5f5f5f5f5f5f5fL; // added to seven bits, sets the high bit from 0x21 on

    private Octets() {}

    private static byte[] classes() {
        byte[] classes = new byte[OCTET + 1];
        add(classes, LETTERS + DIGITS + "!#$%&'*+-.^_`|~", TOKEN);
        add(classes, UNRESERVED + SUB_DELIMITERS + ":@/", PATH);
        add(classes, UNRESERVED + SUB_DELIMITERS + ":@/?", QUERY);
        add(classes, UNRESERVED + SUB_DELIMITERS, HOST);
        add(classes, DIGITS + "abcdefABCDEF", HEX);
        add(classes, DIGITS, DIGIT);
        for (int octet = 0; octet <= OCTET; octet++) {
            if (octet != '"' && octet != '\\') {
                classes[octet] |= QUOTED;
            }
        }
        return classes;
    }

    private static void add(byte[] classes, String octets, int kind) {
        for (int i = 0; i < octets.length(); i++) {
            classes[octets.charAt(i)] |= (byte) kind;
        }
    }

    static boolean is(int kind, byte octet) {
        return (CLASSES[octet & OCTET] & kind) != 0;
    }

    static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    /** {@return the first place from a given one on whose octet is not of a kind; the end if there is none} */
    static int skip(int kind, ByteBuffer buffer, int from, int end) {
        int at = from;
        while (at < end && is(kind, buffer.get(at))) {
            at++;
        }
        return at;
    }

    static int skipBlanks(ByteBuffer buffer, int from, int end) {
        int at = from;
        while (at < end && isBlank(buffer.get(at))) {
            at++;
        }
        return at;
    }

    /**
     * {@return the place of the first control character, which includes tabs and DEL; the end if there is none}
     *
     * @param buffer in big-endian order, of which whole words are looked at
     * @param from where to begin
     * @param end where to end, not beyond the buffer's limit
     */
    static int findControl(ByteBuffer buffer, int from, int end) {
        int at = from;
        while (end - at >= Long.BYTES) { // no counted loop to HotSpot, which would prepare for many rounds
            long word = buffer.getLong(at);
            // Each octet plus one, in seven bits: DEL becomes 0, and the other controls are at most 0x20.
            long next = ((word & LOW_BITS) + ONES) & LOW_BITS;
            long controls = ~((next + FROM_0X21) | word) & HIGH_BITS;
            if (controls != 0) {
                return at + (Long.numberOfLeadingZeros(controls) >>> 3);
            }
            at += Long.BYTES;
        }
        while (at < end && !isControl(buffer.get(at))) {
            at++;
        }
        return at;
    }

    /** {@return the place of the CR that ends a line; the line is known to have one} */
    static int findLineEnd(ByteBuffer buffer, int from, int end) {
        int at = findControl(buffer, from, end);
        while (buffer.get(at) == '\t') {
            at = findControl(buffer, at + 1, end);
        }
        return at;
    }

    private static boolean isControl(byte octet) {
        return octet >= 0 && octet < ' ' || octet == 0x7f;
    }

    /** {@return four letters or dashes as a word, in lower case; other characters of a line give other words} */
    static int fourLetters(ByteBuffer buffer, int at) {
        return buffer.getInt(at) | (int) LOWER_CASE;
    }

    /** {@return eight letters or dashes; see {@link #fourLetters}} */
    static long eightLetters(ByteBuffer buffer, int at) {
        return buffer.getLong(at) | LOWER_CASE;
    }

    /** {@return whether a range has these characters, which are lower-case ASCII, in either case} */
    static boolean equalsIgnoringCase(ByteBuffer buffer, int from, int end, String lowerCase) {
        int length = lowerCase.length();
        if (end - from != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            byte octet = buffer.get(from + i);
            if (octet >= 'A' && octet <= 'Z') {
                octet += CASE;
            }
            if (octet != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** {@return whether a range has these characters, which are ASCII} */
    static boolean equals(ByteBuffer buffer, int from, int end, String text) {
        int length = text.length();
        if (end - from != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (buffer.get(from + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
