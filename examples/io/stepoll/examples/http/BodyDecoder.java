package io.stepoll.examples.http;

import java.nio.ByteBuffer;

/**
 * Takes the body of a request out of the bytes that come: a body of known length, or one in chunks (RFC 9112, 7.1),
 * whose extensions and trailer it checks and drops. Allocates nothing. The result does not depend on how many bytes
 * come at a time.
 */
public final class BodyDecoder {
    private static final int BAD_REQUEST = 400;
    private static final int TOO_LARGE = 413;
    private static final int TOO_MUCH_IN_TRAILER = 431;
    private static final int LINE_END = 2; // CR and LF
    private static final int HEX_BITS = 4;

    /** What comes next. */
    private enum State { DATA, SIZE, CHUNK, CHUNK_END, TRAILER, END }

    private final HttpLimits limits;
    private final Lines lines = new Lines();
    private State state = State.END;
    private long remaining; // of the body of known length, or of the chunk
    private long total;
    private int extensionBytes;
    private int trailerBytes;
    private int trailerFields;

    /**
     * Makes a decoder. It has no body until {@link #begin}.
     *
     * @param limits what the server takes
     */
    public BodyDecoder(HttpLimits limits) {
        this.limits = limits;
    }

    /**
     * Begins the body of a request.
     *
     * @param head of the request, parsed to its end
     * @throws HttpException if the body is too long for the server
     */
    public void begin(RequestHead head) throws HttpException {
        if (!head.hasBody()) {
            state = State.END;
            return;
        }
        total = 0;
        extensionBytes = 0;
        trailerBytes = 0;
        trailerFields = 0;
        lines.reset();
        remaining = head.contentLength();
        if (remaining > limits.bodyBytes()) {
            throw tooLarge();
        }
        state = remaining < 0 ? State.SIZE : State.DATA;
    }

    /** {@return whether the whole body was decoded, with all that belongs to it} */
    public boolean isAtEnd() {
        return state == State.END;
    }

    /**
     * Decodes a part of the body. The position of the input moves behind what was decoded. What remains in the input is
     * to be there again, with more behind it, in the next call.
     *
     * @param input what came
     * @param target where the body's bytes go, as many as remain in it; null drops them
     * @return how many bytes of the body were decoded; 0 if the target is full or more input is needed; -1 at the end
     * @throws HttpException if the server refuses the request
     */
    public int decode(ByteBuffer input, ByteBuffer target) throws HttpException {
        int count = 0;
        while (true) {
            boolean more = switch (state) {
                case DATA, CHUNK -> {
                    int moved = move(input, target);
                    count += moved;
                    yield moved > 0;
                }
                case SIZE -> readSize(input);
                case CHUNK_END -> readChunkEnd(input);
                case TRAILER -> readTrailerLine(input);
                case END -> false;
            };
            if (!more) {
                return count == 0 && state == State.END ? -1 : count;
            }
        }
    }

    private int move(ByteBuffer input, ByteBuffer target) {
        int room = target == null ? Integer.MAX_VALUE : target.remaining();
        int count = (int) Math.min(remaining, Math.min(room, input.remaining()));
        int end = input.position() + count;
        if (target != null) {
            target.put(target.position(), input, input.position(), count).position(target.position() + count);
        }
        input.position(end);
        remaining -= count;
        if (remaining == 0) {
            state = state == State.DATA ? State.END : State.CHUNK_END;
        }
        return count;
    }

    /** Returns whether the whole line was there. */
    private boolean readSize(ByteBuffer input) throws HttpException {
        int begin = input.position();
        int end = lines.findEnd(input, begin, limits.chunkLineBytes(), BAD_REQUEST);
        if (end < 0) {
            return false;
        }
        int sizeEnd = Octets.skip(Octets.HEX, input, begin, end);
        if (sizeEnd == begin) {
            throw new HttpException(BAD_REQUEST, "a chunk without a size");
        }
        long size = 0;
        for (int at = begin; at < sizeEnd; at++) {
            if (size > Long.MAX_VALUE >> HEX_BITS) {
                throw tooLarge();
            }
            size = size << HEX_BITS | Character.digit(input.get(at), 1 << HEX_BITS);
            if (size > limits.bodyBytes() - total) {
                throw tooLarge();
            }
        }
        checkExtensions(input, sizeEnd, end);
        extensionBytes += end - sizeEnd;
        if (extensionBytes > limits.chunkExtensionBytes()) {
            throw new HttpException(BAD_REQUEST, "chunk extensions of more than " + limits.chunkExtensionBytes()
                    + " bytes");
        }
        input.position(end + LINE_END);
        total += size;
        remaining = size;
        state = size == 0 ? State.TRAILER : State.CHUNK;
        return true;
    }

    private HttpException tooLarge() {
        return new HttpException(TOO_LARGE, "a body of more than " + limits.bodyBytes() + " bytes");
    }

    /** Extensions are {@code ;name} or {@code ;name=value}, with blanks around the signs; RFC 9112, 7.1.1. */
    private static void checkExtensions(ByteBuffer input, int begin, int end) throws HttpException {
        int at = begin;
        while (at < end) {
            int name = skipSign(input, Octets.skipBlanks(input, at, end), end, ';');
            at = skipToken(input, Octets.skipBlanks(input, name, end), end);
            int next = Octets.skipBlanks(input, at, end);
            if (next < end && input.get(next) == '=') {
                int value = Octets.skipBlanks(input, next + 1, end);
                at = value < end && input.get(value) == '"' ? skipQuoted(input, value, end)
                        : skipToken(input, value, end);
            }
        }
    }

    private static int skipSign(ByteBuffer input, int at, int end, char sign) throws HttpException {
        if (at == end || input.get(at) != sign) {
            throw faultyExtension();
        }
        return at + 1;
    }

    private static int skipToken(ByteBuffer input, int begin, int end) throws HttpException {
        int at = Octets.skip(Octets.TOKEN, input, begin, end);
        if (at == begin) {
            throw faultyExtension();
        }
        return at;
    }

    private static int skipQuoted(ByteBuffer input, int begin, int end) throws HttpException {
        int at = Octets.skip(Octets.QUOTED, input, begin + 1, end);
        while (at + 1 < end && input.get(at) == '\\') {
            at = Octets.skip(Octets.QUOTED, input, at + 2, end);
        }
        return skipSign(input, at, end, '"');
    }

    private static HttpException faultyExtension() {
        return new HttpException(BAD_REQUEST, "a faulty chunk extension");
    }

    private boolean readChunkEnd(ByteBuffer input) throws HttpException {
        int begin = input.position();
        if (lines.findEnd(input, begin, 0, BAD_REQUEST) < 0) {
            return false;
        }
        input.position(begin + LINE_END);
        state = State.SIZE;
        return true;
    }

    private boolean readTrailerLine(ByteBuffer input) throws HttpException {
        int begin = input.position();
        int end = lines.findEnd(input, begin, limits.headBytes() - trailerBytes, TOO_MUCH_IN_TRAILER);
        if (end < 0) {
            return false;
        }
        input.position(end + LINE_END);
        if (end == begin) {
            state = State.END;
            return true;
        }
        int colon = Lines.nameEnd(input, begin, end);
        if (isFraming(input, begin, colon)) {
            throw new HttpException(BAD_REQUEST, "a field in the trailer that belongs into the head");
        }
        trailerBytes += end + LINE_END - begin;
        if (++trailerFields > limits.fields() || trailerBytes > limits.headBytes()) {
            throw new HttpException(TOO_MUCH_IN_TRAILER, "a trailer that is too long");
        }
        return true;
    }

    private static boolean isFraming(ByteBuffer input, int begin, int colon) {
        return Octets.equalsIgnoringCase(input, begin, colon, "content-length")
                || Octets.equalsIgnoringCase(input, begin, colon, "transfer-encoding")
                || Octets.equalsIgnoringCase(input, begin, colon, "host");
    }
}
