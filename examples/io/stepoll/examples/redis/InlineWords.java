package io.stepoll.examples.redis;

/**
 * Splits a line into the arguments of a request, in place: a word is never longer than what it is written as. Double
 * quotes take the escapes \n \r \t \b \a, \xFF and a backslash before any other character; single quotes take \'.
 */
final class InlineWords {
    private static final int HEX = 16;
    private static final int HEX_DIGITS = 2;
    private static final int BELL = 7;
    private static final int VERTICAL_TAB = 11;

    private final Request request;
    private final byte[] bytes;
    private final int end;
    private int next;

    private InlineWords(Request request, int end) {
        this.request = request;
        this.bytes = request.bytes();
        this.end = end;
    }

    /** Splits the line that a request has. */
    static void split(Request request) throws ProtocolError {
        int end = request.size();
        if (end > 0 && request.bytes()[end - 1] == '\r') {
            end--;
        }
        request.size(0);
        new InlineWords(request, end).split();
    }

    private static boolean isSpace(byte character) {
        return character == ' ' || character >= '\t' && character <= '\r';
    }

    private void split() throws ProtocolError {
        while (true) {
            while (next < end && isSpace(bytes[next])) {
                next++;
            }
            if (next == end || bytes[next] == 0) {
                return;
            }
            word();
            request.endArgument();
        }
    }

    /** Vertical tabs and form feeds are space before a word, and not behind it: so it is in Redis. */
    private static boolean endsWord(byte character) {
        return isSpace(character) && character != VERTICAL_TAB && character != '\f' || character == 0;
    }

    private void word() throws ProtocolError {
        while (next < end && !endsWord(bytes[next])) {
            byte character = bytes[next++];
            switch (character) {
                case '"' -> {
                    quoted();
                    return;
                }
                case '\'' -> {
                    singleQuoted();
                    return;
                }
                default -> add(character);
            }
        }
    }

    private void add(int character) {
        bytes[request.size()] = (byte) character;
        request.size(request.size() + 1);
    }

    private void quoted() throws ProtocolError {
        while (next < end) {
            byte character = bytes[next++];
            if (character == '"') {
                checkEnd();
                return;
            }
            if (character == '\\' && next < end) {
                escape();
            } else {
                add(character);
            }
        }
        throw unbalanced();
    }

    private void escape() {
        byte character = bytes[next];
        next++;
        if (character == 'x' && hex(next) >= 0 && hex(next + 1) >= 0) {
            add(hex(next) * HEX + hex(next + 1));
            next += HEX_DIGITS;
            return;
        }
        switch (character) {
            case 'n' -> add('\n');
            case 'r' -> add('\r');
            case 't' -> add('\t');
            case 'b' -> add('\b');
            case 'a' -> add(BELL);
            default -> add(character);
        }
    }

    private int hex(int index) {
        return index < end ? Character.digit(bytes[index], HEX) : -1;
    }

    private void singleQuoted() throws ProtocolError {
        while (next < end) {
            byte character = bytes[next++];
            if (character == '\'') {
                checkEnd();
                return;
            }
            if (character == '\\' && next < end && bytes[next] == '\'') {
                add(bytes[next++]);
            } else {
                add(character);
            }
        }
        throw unbalanced();
    }

    /** A closing quote ends the word. */
    private void checkEnd() throws ProtocolError {
        if (next < end && !isSpace(bytes[next])) {
            throw unbalanced();
        }
    }

    private static ProtocolError unbalanced() {
        return new ProtocolError("unbalanced quotes in request");
    }
}
