package io.stepoll.examples.http;

import java.nio.ByteBuffer;

/**
 * Finds the ends of lines. A line ends with CR and LF. A CR or an LF alone, and every other control character but a
 * tab, is refused: what one program takes for the end of a line, and another one does not, smuggles requests. Remembers
 * how far it has looked, so that it looks at no octet twice, however few come at a time.
 */
final class Lines {
    private static final int BAD_REQUEST = 400;

    private int looked; // octets of the line that are looked at and have no end

    /**
     * {@return the place of the CR that ends the line; -1 if the line goes on beyond the buffer's limit}
     *
     * @param input that has the line
     * @param line where the line begins. Between two calls the buffer may move what it has.
     * @param longest the most octets of the line, without its end
     * @param tooLong the status for a line that is longer
     * @throws HttpException if the line is too long, or has a control character
     */
    int findEnd(ByteBuffer input, int line, int longest, int tooLong) throws HttpException {
        int limit = input.limit();
        int end = (int) Math.min((long) line + longest + 1, limit);
        int at = Octets.findControl(input, line + looked, end);
        while (at < end && input.get(at) == '\t') {
            at = Octets.findControl(input, at + 1, end);
        }
        if (at == end) {
            if (at - line > longest) {
                throw new HttpException(tooLong, "a line of more than " + longest + " bytes");
            }
            looked = at - line;
            return -1;
        }
        if (input.get(at) != '\r') {
            throw new HttpException(BAD_REQUEST, "a control character");
        }
        if (at + 1 == limit) {
            looked = at - line;
            return -1;
        }
        if (input.get(at + 1) != '\n') {
            throw new HttpException(BAD_REQUEST, "a CR without LF");
        }
        looked = 0;
        return at;
    }

    /** Forgets a line that was not found to the end. */
    void reset() {
        looked = 0;
    }

    /**
     * {@return the place of the colon behind the name of a field}
     *
     * @param input that has the line
     * @param line where it begins
     * @param end the place of its CR
     * @throws HttpException if there is no name, or anything but a colon behind it; a line that begins with a blank,
     *     which once continued the line before, has no name
     */
    static int nameEnd(ByteBuffer input, int line, int end) throws HttpException {
        int colon = Octets.skip(Octets.TOKEN, input, line, end);
        if (colon == line || colon == end || input.get(colon) != ':') {
            throw new HttpException(BAD_REQUEST, "a line that is no field");
        }
        return colon;
    }
}
