package io.stepoll.examples.http;

/**
 * How much of a request the server takes.
 *
 * @param requestLineBytes the longest request line, without its end; RFC 9112 asks for 8000 at least
 * @param headBytes the longest head: request line, fields and the empty line at the end
 * @param fields the most fields in a head, and in the trailer of a chunked body
 * @param bodyBytes the longest body
 * @param chunkLineBytes the longest line with a chunk's size
 * @param chunkExtensionBytes the most bytes of chunk extensions in a body; a client could otherwise make the server
 *     read far more than the body's limit
 */
public record HttpLimits(int requestLineBytes, int headBytes, int fields, long bodyBytes, int chunkLineBytes,
        int chunkExtensionBytes) {
    /** For a server that takes small bodies. */
    public static final HttpLimits DEFAULT = new HttpLimits(8000, 1 << 14, 100, 1 << 20, 1024, 4096);
}
