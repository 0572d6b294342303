package io.stepoll.examples.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Sends a body back: with its length, or in chunks if it came in chunks. */
final class Echo {
    private static final int ROOM = Responses.CHUNK_HEAD_BYTES + Responses.CHUNK_END_BYTES;
    private static final byte[] FIELDS =
            "Content-Type: application/octet-stream\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ByteBuffer bytes;
    private final boolean chunked;

    /**
     * Begins an echo, and writes its head.
     *
     * @param output has room for {@link Responses#HEAD_BYTES}
     */
    Echo(ByteBuffer output, HttpLoop http, RequestHead request, boolean keepAlive, ByteBuffer bytes) {
        this.bytes = bytes;
        chunked = request.contentLength() < 0;
        http.responses.begin(output, Status.OK, request, keepAlive);
        output.put(FIELDS);
        if (chunked) {
            Responses.endHeadOfStream(output, true);
        } else {
            Responses.endHead(output, bytes.remaining());
        }
    }

    /**
     * Writes a part of the body.
     *
     * @param output has room for {@link Responses#HEAD_BYTES} at least
     * @return whether the body was written to its end
     */
    boolean write(ByteBuffer output) {
        int count = Math.min(bytes.remaining(), output.remaining() - ROOM);
        if (chunked && count > 0) {
            Responses.beginChunk(output, count);
        }
        output.put(output.position(), bytes, bytes.position(), count).position(output.position() + count);
        bytes.position(bytes.position() + count);
        if (chunked && count > 0) {
            Responses.endChunk(output);
        }
        if (chunked && !bytes.hasRemaining()) {
            Responses.endChunks(output);
        }
        return !bytes.hasRemaining();
    }
}
