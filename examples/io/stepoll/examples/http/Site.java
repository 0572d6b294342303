package io.stepoll.examples.http;

import java.nio.charset.StandardCharsets;

/** What the example server has at which path. */
public final class Site {
    /** How a request is answered. */
    enum Kind { CONTENT, ECHO, EVENTS }

    /**
     * An answer.
     *
     * @param kind how
     * @param status of a content
     * @param content of {@link Kind#CONTENT}
     */
    record Answer(Kind kind, Status status, Content content) {}

    private static final String READ = "GET, HEAD, OPTIONS";
    private static final String WRITE = "POST, OPTIONS";
    private static final String ALL = "GET, HEAD, POST, OPTIONS";

    private static final Answer NOT_FOUND = new Answer(Kind.CONTENT, Status.NOT_FOUND, text("no such page\n"));
    private static final Answer NOT_IMPLEMENTED =
            new Answer(Kind.CONTENT, Status.NOT_IMPLEMENTED, text("no such method\n"));
    private static final Answer WHOLE_SERVER = options(ALL);

    private static final Page[] PAGES = {
        new Page("/plaintext", READ, content(Content.of("text/plain", "Hello, World!"))),
        new Page("/json", READ, content(Content.of("application/json", "{\"message\":\"Hello, World!\"}"))),
        new Page("/echo", WRITE, new Answer(Kind.ECHO, Status.OK, null)),
        new Page("/events", READ, new Answer(Kind.EVENTS, Status.OK, null)),
    };

    private Site() {}

    private static Answer content(Content content) {
        return new Answer(Kind.CONTENT, Status.OK, content);
    }

    private static Answer options(String allow) {
        return new Answer(Kind.CONTENT, Status.OK, Content.NONE.with("Allow", allow));
    }

    private static Content text(String text) {
        return Content.of("text/plain", text.getBytes(StandardCharsets.US_ASCII));
    }

    /** A page: its path, and the answers to those methods that it has and to those that it has not. */
    private record Page(String path, boolean reads, Answer answer, Answer options, Answer notAllowed) {
        Page(String path, String allow, Answer answer) {
            this(path, allow.equals(READ), answer, Site.options(allow), new Answer(Kind.CONTENT,
                    Status.METHOD_NOT_ALLOWED, text("this page has other methods\n").with("Allow", allow)));
        }

        Answer answer(Method method) {
            return switch (method) {
                case GET, HEAD -> reads ? answer : notAllowed;
                case POST -> reads ? notAllowed : answer;
                case OPTIONS -> options;
                default -> notAllowed;
            };
        }
    }

    /** {@return the answer to a request} */
    static Answer answer(RequestHead request) {
        Method method = request.method();
        if (method == Method.UNKNOWN || method == Method.CONNECT) {
            return NOT_IMPLEMENTED;
        }
        for (Page page : PAGES) {
            if (request.pathIs(page.path)) {
                return page.answer(method);
            }
        }
        return method == Method.OPTIONS && request.pathIs("*") ? WHOLE_SERVER : NOT_FOUND;
    }
}
