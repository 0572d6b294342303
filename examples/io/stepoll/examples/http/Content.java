package io.stepoll.examples.http;

import java.nio.charset.StandardCharsets;

/** A body that is sent as it is, with the fields that describe it. Made once, and sent any number of times. */
public final class Content {
    /** No body, of length 0. */
    public static final Content NONE = new Content("Content-Length: 0\r\n\r\n", new byte[0]);

    /** Fields, the empty line, and the body. Nobody changes them. */
    final byte[] bytes;

    /** Where the body begins. The response to HEAD ends there. */
    final int bodyBegin;

    private Content(String fields, byte[] body) {
        byte[] head = fields.getBytes(StandardCharsets.ISO_8859_1);
        bodyBegin = head.length;
        bytes = new byte[head.length + body.length];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(body, 0, bytes, head.length, body.length);
    }

    /**
     * {@return a body}
     *
     * @param type its media type
     * @param body its bytes
     */
    public static Content of(String type, byte[] body) {
        return new Content("Content-Type: " + type + "\r\nContent-Length: " + body.length + "\r\n\r\n", body);
    }

    /**
     * {@return a text in UTF-8}
     *
     * @param type its media type
     * @param body the text
     */
    public static Content of(String type, String body) {
        return of(type, body.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return the same body with one more field}
     *
     * @param name of the field
     * @param value of the field
     */
    public Content with(String name, String value) {
        byte[] body = new byte[bytes.length - bodyBegin];
        System.arraycopy(bytes, bodyBegin, body, 0, body.length);
        String fields = new String(bytes, 0, bodyBegin, StandardCharsets.ISO_8859_1);
        return new Content(name + ": " + value + "\r\n" + fields, body);
    }
}
