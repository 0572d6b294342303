package io.stepoll.examples.http;

import io.stepoll.EventLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Writes responses into buffers, for all connections of a loop. The field Date is made once a second. What is written
 * often is ready in an array, and writing allocates nothing.
 */
public final class Responses {
    /** More than the longest head that {@link #head} writes. */
    static final int HEAD_BYTES = 256;

    /** The longest begin of a chunk: up to eight digits and the end of the line. */
    static final int CHUNK_HEAD_BYTES = 10;

    /** Room for the end of a chunk, or of a body in chunks. */
    static final int CHUNK_END_BYTES = 7;

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US).withZone(ZoneOffset.UTC);
    private static final byte[] CLOSE = ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
    private static final byte[] LENGTH = ascii("Content-Length: ");
    private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");
    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
    private static final byte[] HEX_DIGITS = ascii("0123456789abcdef");
    private static final int HEX_BITS = 4;
    private static final int DECIMAL = 10;

    private byte[] date;
    private byte[] okAndDate;

    /**
     * Makes the writer of a loop.
     *
     * @param loop whose timer makes the date, until the loop is closed
     */
    public Responses(EventLoop loop) {
        tick();
        loop.callAtFixedRate(SECOND, SECOND, this::tick);
    }

    private void tick() {
        date = ascii("Date: " + DATE.format(ZonedDateTime.now(ZoneOffset.UTC)) + "\r\n");
        byte[] ok = Status.OK.line();
        okAndDate = new byte[ok.length + date.length];
        System.arraycopy(ok, 0, okAndDate, 0, ok.length);
        System.arraycopy(date, 0, okAndDate, ok.length, date.length);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Begins a response: status line, Date, and Connection if the client has to be told.
     *
     * @param output has room for {@link #HEAD_BYTES}
     * @param status the status
     * @param request what is answered; null if it was not understood
     * @param keepAlive whether the server goes on with the connection
     */
    void begin(ByteBuffer output, Status status, RequestHead request, boolean keepAlive) {
        if (status == Status.OK) {
            output.put(okAndDate);
        } else {
            output.put(status.line()).put(date);
        }
        if (!keepAlive) {
            output.put(CLOSE);
        } else if (request.minorVersion() == 0) {
            output.put(KEEP_ALIVE);
        }
    }

    /** {@return the bytes that a response has at most, for {@link #write}} */
    static int bytes(Content content) {
        return HEAD_BYTES + content.bytes.length;
    }

    /**
     * Writes a whole response.
     *
     * @param output has room for {@link #bytes}
     * @param status the status
     * @param request what is answered; null if it was not understood
     * @param keepAlive whether the server goes on with the connection
     * @param content the body, which the response to HEAD leaves out
     */
    void write(ByteBuffer output, Status status, RequestHead request, boolean keepAlive, Content content) {
        begin(output, status, request, keepAlive);
        boolean isHead = request != null && request.method() == Method.HEAD;
        output.put(content.bytes, 0, isHead ? content.bodyBegin : content.bytes.length);
    }

    /** Ends a head whose body has a length. */
    static void endHead(ByteBuffer output, long length) {
        output.put(LENGTH);
        putDecimal(output, length);
        output.put(LINE_END).put(LINE_END);
    }

    /** Ends a head whose body comes in chunks; for HTTP/1.0, which has no chunks, until the connection ends. */
    static void endHeadOfStream(ByteBuffer output, boolean chunked) {
        if (chunked) {
            output.put(CHUNKED);
        }
        output.put(LINE_END);
    }

    static void beginChunk(ByteBuffer output, int length) {
        int digits = Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(length) + HEX_BITS - 1) / HEX_BITS);
        for (int i = digits - 1; i >= 0; i--) {
            output.put(HEX_DIGITS[length >>> i * HEX_BITS & (1 << HEX_BITS) - 1]);
        }
        output.put(LINE_END);
    }

    static void endChunk(ByteBuffer output) {
        output.put(LINE_END);
    }

    static void endChunks(ByteBuffer output) {
        output.put(LAST_CHUNK);
    }

    /** Asks the client for the body that the client keeps back. */
    static void goOn(ByteBuffer output) {
        output.put(CONTINUE);
    }

    static void putDecimal(ByteBuffer output, long number) {
        int begin = output.position();
        int end = begin + decimals(number);
        long rest = number;
        for (int at = end - 1; at >= begin; at--) {
            output.put(at, (byte) ('0' + rest % DECIMAL));
            rest /= DECIMAL;
        }
        output.position(end);
    }

    /** {@return how many digits a number has that is not negative} */
    static int decimals(long number) {
        int digits = 1;
        for (long rest = number; rest >= DECIMAL; rest /= DECIMAL) {
            digits++;
        }
        return digits;
    }
}
