package io.stepoll.examples.redis;

import java.nio.ByteBuffer;

/**
 * Takes requests out of what a client sends: arrays of bulk strings, or lines of words ("inline commands"). The input
 * may be cut at any byte. What a request has so far is copied out of it, so nothing is scanned twice, and a client that
 * declares a large argument costs memory only as the bytes arrive. Is as strict, and as lenient, as Redis.
 */
final class RequestParser {
    /** The longest argument, in bytes; Redis calls it proto-max-bulk-len. */
    static final int LONGEST_BULK = 64 << 20;
    /** All arguments of a request together, in bytes. */
    static final int LARGEST_REQUEST = LONGEST_BULK + (1 << 20);
    static final int MOST_ARGUMENTS = 1 << 20;
    static final int LONGEST_LINE = 1 << 16;

    private static final int BASE = 10;
    private static final long LARGEST_NUMBER = Long.MAX_VALUE / BASE - 1;

    private enum State { BEGIN, INLINE, COUNT, COUNT_END, MARK, LENGTH, LENGTH_END, BULK, BULK_RETURN, BULK_END }

    private final Request request;
    private State state = State.BEGIN;
    private int missingArguments;
    private int missingBytes;
    private int headerBytes;
    private long number;
    private boolean negative;
    private boolean valid;
    private boolean complete;

    RequestParser(Request request) {
        this.request = request;
    }

    /** Whether the client has begun a request that is not complete. */
    boolean isWithin() {
        return state != State.BEGIN;
    }

    /**
     * Takes bytes out of the input, until the request is complete or the input is used up.
     *
     * @return whether a request is complete; it stays until the next call
     */
    boolean parse(ByteBuffer input) throws ProtocolError {
        complete = false;
        while (!complete && input.hasRemaining()) {
            switch (state) {
                case BEGIN -> begin(input);
                case INLINE -> line(input);
                case COUNT -> number(input, State.COUNT_END, "too big mbulk count string");
                case COUNT_END -> count(input);
                case MARK -> mark(input);
                case LENGTH -> number(input, State.LENGTH_END, "too big bulk count string");
                case LENGTH_END -> length(input);
                case BULK -> bulk(input);
                case BULK_RETURN -> bulkReturn(input);
                case BULK_END -> bulkEnd(input);
            }
        }
        return complete;
    }

    private void begin(ByteBuffer input) {
        request.clear();
        if (input.get(input.position()) == '*') {
            input.get();
            beginNumber(State.COUNT);
            if (takeDigit(input)) {
                state = State.COUNT_END;
            }
        } else {
            state = State.INLINE;
        }
    }

    private void beginNumber(State newState) {
        state = newState;
        number = 0;
        headerBytes = 0;
        negative = false;
        valid = true;
    }

    /** Takes a number, which a carriage return ends. */
    private void number(ByteBuffer input, State end, String tooLong) throws ProtocolError {
        long value = number;
        int bytes = headerBytes;
        while (input.hasRemaining()) {
            byte next = input.get();
            if (next == '\r') {
                valid &= bytes > 0 && !(negative && value == 0);
                state = end;
                break;
            }
            int digit = next - '0';
            if (digit >= 0 && digit < BASE) {
                valid &= value <= LARGEST_NUMBER && (value != 0 || bytes == (negative ? 1 : 0)); // no 0 ahead
                value = value * BASE + digit;
            } else if (next == '-' && bytes == 0) {
                negative = true;
            } else {
                valid = false;
            }
            if (++bytes > LONGEST_LINE) {
                throw new ProtocolError(tooLong);
            }
        }
        number = value;
        headerBytes = bytes;
    }

    private void count(ByteBuffer input) throws ProtocolError {
        input.get();
        if (!valid || !negative && number > MOST_ARGUMENTS) {
            throw new ProtocolError("invalid multibulk length");
        }
        missingArguments = (int) number;
        state = negative || number == 0 ? State.BEGIN : State.MARK; // an empty request has no reply
    }

    private void mark(ByteBuffer input) throws ProtocolError {
        byte mark = input.get();
        if (mark != '$') {
            throw new ProtocolError("expected '$', got '" + (char) (mark & 0xFF) + "'");
        }
        beginNumber(State.LENGTH);
        if (takeDigit(input)) {
            state = State.LENGTH_END;
        }
    }

    /** Most numbers have one digit: takes such a one, and the carriage return, if both are there. */
    private boolean takeDigit(ByteBuffer input) {
        int next = input.position();
        if (input.remaining() < 2 || input.get(next + 1) != '\r') {
            return false;
        }
        int digit = input.get(next) - '0';
        if (digit < 0 || digit >= BASE) {
            return false;
        }
        number = digit;
        input.position(next + 2);
        return true;
    }

    private void length(ByteBuffer input) throws ProtocolError {
        input.get();
        if (!valid || negative || number > LONGEST_BULK) {
            throw new ProtocolError("invalid bulk length");
        }
        if (number > LARGEST_REQUEST - request.size()) {
            throw new ProtocolError("too big request");
        }
        missingBytes = (int) number;
        state = missingBytes == 0 ? State.BULK_RETURN : State.BULK;
    }

    private void bulk(ByteBuffer input) {
        int bytes = Math.min(missingBytes, input.remaining());
        int size = request.size();
        input.get(request.reserve(bytes), size, bytes);
        request.size(size + bytes);
        missingBytes -= bytes;
        if (missingBytes == 0) {
            bulkReturn(input);
        }
    }

    /** Behind the bytes of an argument come a carriage return and a newline. */
    private void bulkReturn(ByteBuffer input) {
        state = State.BULK_RETURN;
        if (input.hasRemaining()) {
            input.get();
            state = State.BULK_END;
            if (input.hasRemaining()) {
                bulkEnd(input);
            }
        }
    }

    private void bulkEnd(ByteBuffer input) {
        input.get();
        request.endArgument();
        state = --missingArguments == 0 ? State.BEGIN : State.MARK;
        complete = missingArguments == 0;
    }

    private void line(ByteBuffer input) throws ProtocolError {
        int begin = input.position();
        int end = begin;
        while (end < input.limit() && input.get(end) != '\n') {
            end++;
        }
        int size = request.size();
        int bytes = end - begin;
        boolean ended = end < input.limit();
        if (!ended && size + bytes > LONGEST_LINE) {
            throw new ProtocolError("too big inline request");
        }
        input.get(request.reserve(bytes), size, bytes);
        request.size(size + bytes);
        if (ended) {
            input.get();
            state = State.BEGIN;
            InlineWords.split(request);
            complete = request.count() > 0; // an empty line has no reply
        }
    }
}
