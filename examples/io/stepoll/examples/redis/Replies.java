package io.stepoll.examples.redis;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes replies in RESP2. Nothing is allocated but for errors. A method may wait until the client has read some bytes,
 * and other clients go on meanwhile: a command reads the keys that it needs before it writes the first byte.
 */
final class Replies {
    private static final int SHORT_BULK = 256;
    private static final int HEADER_BYTES = 24; // a mark, the longest number, CR and LF
    private static final int ONE_DIGIT = 10;
    private static final byte[] OK = bytes("+OK\r\n");
    private static final byte[] PONG = bytes("+PONG\r\n");
    private static final byte[] NULL = bytes("$-1\r\n");

    private final ClientOutput output;
    private final byte[] digits = new byte[HEADER_BYTES];

    Replies(ClientOutput output) {
        this.output = output;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    void ok() throws IOException {
        output.room(OK.length).put(OK);
    }

    void pong() throws IOException {
        output.room(PONG.length).put(PONG);
    }

    void nothing() throws IOException {
        output.room(NULL.length).put(NULL);
    }

    void simple(String text) throws IOException {
        line('+', text);
    }

    void error(String message) throws IOException {
        line('-', message);
    }

    /** A line has no line breaks: what a client sent and a message repeats might have some. */
    private void line(char mark, String text) throws IOException {
        byte[] line = bytes(mark + text.replace('\r', ' ').replace('\n', ' ') + "\r\n");
        output.write(line, 0, line.length);
    }

    void integer(long number) throws IOException {
        header(output.room(HEADER_BYTES), ':', number);
    }

    void array(long elements) throws IOException {
        header(output.room(HEADER_BYTES), '*', elements);
    }

    private void header(ByteBuffer target, char mark, long number) {
        target.put((byte) mark);
        if (number >= 0 && number < ONE_DIGIT) {
            target.put((byte) ('0' + number));
        } else {
            target.put(digits, 0, Decimal.put(number, digits, 0));
        }
        endLine(target);
    }

    private static void endLine(ByteBuffer target) {
        target.put((byte) '\r').put((byte) '\n');
    }

    void bulk(byte[] bytes) throws IOException {
        bulk(bytes, 0, bytes.length);
    }

    void bulk(byte[] bytes, int start, int length) throws IOException {
        if (length <= SHORT_BULK) {
            ByteBuffer target = output.room(HEADER_BYTES + length + 2);
            header(target, '$', length);
            target.put(bytes, start, length);
            endLine(target);
        } else {
            header(output.room(HEADER_BYTES), '$', length);
            output.write(bytes, start, length);
            endLine(output.room(2));
        }
    }

    void bulk(String text) throws IOException {
        bulk(bytes(text));
    }

    /** A number as a bulk string. */
    void decimalBulk(long number) throws IOException {
        ByteBuffer target = output.room(2 * HEADER_BYTES);
        header(target, '$', Decimal.length(number));
        target.put(digits, 0, Decimal.put(number, digits, 0));
        endLine(target);
    }
}
