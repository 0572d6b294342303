package io.stepoll.examples.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Server-Sent Events that count: each second ten events, whose data is their number. */
final class Events {
    static final Duration INTERVAL = Duration.ofMillis(100);

    /** More than the bytes of an event. */
    static final int BYTES = 128;

    private static final byte[] FIELDS = "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ID = "id: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATA = "\ndata: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    private Events() {}

    /** Writes the head. Its body has no length: it comes in chunks, or in HTTP/1.0 until the connection ends. */
    static void writeHead(ByteBuffer output, HttpLoop http, RequestHead request, boolean keepAlive) {
        http.responses.begin(output, Status.OK, request, keepAlive);
        output.put(FIELDS);
        Responses.endHeadOfStream(output, request.minorVersion() > 0);
    }

    /** Writes an event. */
    static void write(ByteBuffer output, RequestHead request, long number) {
        int digits = Responses.decimals(number);
        boolean chunked = request.minorVersion() > 0;
        if (chunked) {
            Responses.beginChunk(output, ID.length + digits + DATA.length + digits + END.length);
        }
        output.put(ID);
        Responses.putDecimal(output, number);
        output.put(DATA);
        Responses.putDecimal(output, number);
        output.put(END);
        if (chunked) {
            Responses.endChunk(output);
        }
    }

    /** Ends the body. */
    static void writeEnd(ByteBuffer output, RequestHead request) {
        if (request.minorVersion() > 0) {
            Responses.endChunks(output);
        }
    }
}
