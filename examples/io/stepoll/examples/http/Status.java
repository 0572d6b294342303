package io.stepoll.examples.http;

import java.nio.charset.StandardCharsets;

/** The status of a response. */
public enum Status {
    OK(200, "OK"),
    BAD_REQUEST(400, "Bad Request"),
    NOT_FOUND(404, "Not Found"),
    METHOD_NOT_ALLOWED(405, "Method Not Allowed"),
    REQUEST_TIMEOUT(408, "Request Timeout"),
    CONTENT_TOO_LARGE(413, "Content Too Large"),
    URI_TOO_LONG(414, "URI Too Long"),
    EXPECTATION_FAILED(417, "Expectation Failed"),
    HEADER_FIELDS_TOO_LARGE(431, "Request Header Fields Too Large"),
    INTERNAL_SERVER_ERROR(500, "Internal Server Error"),
    NOT_IMPLEMENTED(501, "Not Implemented"),
    HTTP_VERSION_NOT_SUPPORTED(505, "HTTP Version Not Supported");

    private static final Status[] ALL = values();

    private final int code;
    private final byte[] line;

    Status(int code, String reason) {
        this.code = code;
        line = ("HTTP/1.1 " + code + " " + reason + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** {@return the status of a code that this enumeration has} */
    static Status of(int code) {
        for (Status status : ALL) {
            if (status.code == code) {
                return status;
            }
        }
        throw new IllegalArgumentException("no such status: " + code);
    }

    /** {@return the code, of three digits} */
    public int code() {
        return code;
    }

    /** The status line with its end. Nobody changes it. */
    byte[] line() {
        return line;
    }
}
