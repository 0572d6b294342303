package io.stepoll.examples.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.IntUnaryOperator;

/** What the parser makes of bytes: a line for each request, and the status of a refusal. */
final class Transcript {
    private static final int HEAP_PLACES = 3;

    private final RequestHead head = new RequestHead(HttpLimits.DEFAULT);
    private final BodyDecoder body = new BodyDecoder(HttpLimits.DEFAULT);
    private final StringBuilder text = new StringBuilder();
    private final ByteBuffer decoded = ByteBuffer.allocate(1 << 16);
    private boolean inBody;

    private Transcript() {}

    /**
     * Parses bytes that come piece by piece. What the parser leaves comes again in the next buffer, at another place.
     *
     * @param size the size of the next piece, of at least 1, by the number of bytes that are left
     */
    static String of(byte[] bytes, IntUnaryOperator size) {
        Transcript transcript = new Transcript();
        int taken = 0;
        int come = 0;
        try {
            while (come < bytes.length) {
                come += size.applyAsInt(bytes.length - come);
                ByteBuffer input = buffer(bytes, taken, come);
                int begin = input.position();
                transcript.take(input);
                taken += input.position() - begin;
            }
        } catch (HttpException e) {
            transcript.text.append(e.status()).append('\n');
        }
        return transcript.text.toString();
    }

    /** Direct or on the heap, with something before and behind. */
    private static ByteBuffer buffer(byte[] bytes, int from, int to) {
        int place = to % HEAP_PLACES;
        int length = to - from;
        int capacity = place + length + place;
        ByteBuffer buffer = to % 2 == 0 ? ByteBuffer.allocate(capacity) : ByteBuffer.allocateDirect(capacity);
        return buffer.put(place, bytes, from, length).limit(place + length).position(place);
    }

    private void take(ByteBuffer input) throws HttpException {
        while (inBody || head.parse(input)) {
            if (!inBody) {
                text.append(head.method()).append(' ').append(head.path())
                        .append(head.isKeepAlive() ? " keep" : " close")
                        .append(head.expectsContinue() ? " continue '" : " '");
                body.begin(head);
                inBody = true;
                decoded.clear();
            }
            while (body.decode(input, decoded) > 0) {
                // The next call decodes the rest.
            }
            if (!body.isAtEnd()) {
                return;
            }
            text.append(new String(decoded.array(), 0, decoded.position(), StandardCharsets.ISO_8859_1)).append("'\n");
            inBody = false;
        }
    }
}
