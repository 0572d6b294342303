package io.stepoll.examples.redis;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes replies in RESP2. Nothing is allocated but for errors and subscribers. A method may wait until the client has
 * read some bytes, and other clients go on meanwhile: a command reads the keys that it needs before it writes the first
 * byte. A reply to a subscriber is one piece, as messages of other clients may come between two.
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
            bulk(output.room(HEADER_BYTES + length + 2), bytes, start, length);
        } else {
            header(output.room(HEADER_BYTES), '$', length);
            output.write(bytes, start, length);
            endLine(output.room(2));
        }
    }

    private void bulk(ByteBuffer target, byte[] bytes, int start, int length) {
        header(target, '$', length);
        target.put(bytes, start, length);
        endLine(target);
    }

    void bulk(String text) throws IOException {
        bulk(bytes(text));
    }

    /** Answers the PING of a subscriber. */
    void pongToSubscriber(byte[] bytes, int start, int length) throws IOException {
        byte[] pong = bytes("pong");
        ByteBuffer piece = ByteBuffer.allocate(3 * HEADER_BYTES + pong.length + length);
        header(piece, '*', 2);
        bulk(piece, pong, 0, pong.length);
        bulk(piece, bytes, start, length);
        output.write(piece.array(), 0, piece.position());
    }

    /**
     * Confirms a subscription, or its end.
     *
     * @param channel null for none: there was no subscription
     */
    void confirmation(String kind, byte[] channel, int subscriptions) throws IOException {
        byte[] first = bytes(kind);
        ByteBuffer piece = ByteBuffer.allocate(
                4 * HEADER_BYTES + first.length + (channel == null ? 0 : channel.length));
        header(piece, '*', 3);
        bulk(piece, first, 0, first.length);
        if (channel == null) {
            piece.put(NULL);
        } else {
            bulk(piece, channel, 0, channel.length);
        }
        header(piece, ':', subscriptions);
        output.write(piece.array(), 0, piece.position());
    }

    /** A number as a bulk string. */
    void decimalBulk(long number) throws IOException {
        ByteBuffer target = output.room(2 * HEADER_BYTES);
        header(target, '$', Decimal.length(number));
        target.put(digits, 0, Decimal.put(number, digits, 0));
        endLine(target);
    }
}
