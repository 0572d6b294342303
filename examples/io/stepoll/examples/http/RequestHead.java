package io.stepoll.examples.http;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Parses the heads of HTTP/1.1 and HTTP/1.0 requests, as strictly as RFC 9112 allows: what two programs could read in
 * different ways is refused. One object parses the requests of a connection one after the other, and allocates nothing
 * but the strings that it is asked for. The result does not depend on how many bytes come at a time.
 *
 * <pre>{@code
 * while (!head.parse(input)) {
 *     // read more into the input
 * }
 * if (head.method() == Method.GET && head.pathIs("/")) …
 * }</pre>
 */
public final class RequestHead {
    private static final int BAD_REQUEST = 400;
    private static final int URI_TOO_LONG = 414;
    private static final int EXPECTATION_FAILED = 417;
    private static final int TOO_MUCH_IN_HEAD = 431;
    private static final int NOT_IMPLEMENTED = 501;
    private static final int VERSION_NOT_SUPPORTED = 505;

    private static final int LINE_END = 2; // CR and LF
    private static final long HTTP_1_1 = 0x485454502f312e31L; // the octets of "HTTP/1.1"
    private static final int GET = 0x47455420; // the octets of "GET "

    /* Names and values that most requests have, in words of lower-case letters. */
    private static final int HOST = 0x686f7374;
    private static final long CONNECTI = 0x636f6e6e65637469L;
    private static final int TION = 0x74696f6e;
    private static final long KEEP_ALI = 0x6b6565702d616c69L;
    private static final int LIVE = 0x6c697665;
    private static final int CONNECTION_LENGTH = 10;
    private static final long MOST_BEFORE_DIGIT = Long.MAX_VALUE / 10 - 1;

    /** What the lines of Transfer-Encoding have said so far. */
    private enum Coding { NONE, CHUNKED, UNKNOWN, CHUNKED_AFTER_UNKNOWN, FAULTY }

    private final HttpLimits limits;
    private final Lines lines = new Lines();

    private ByteBuffer input;
    private int start; // of the head in the input; all other places count from here
    private int line; // begin of the next line
    private boolean inFields;
    private boolean complete;
    private int fieldCount;
    private int valueBegin; // of the field that was looked at last, in the input
    private int valueEnd;

    private Method method;
    private int targetBegin;
    private int targetEnd;
    private int pathBegin;
    private int pathEnd;
    private int fieldsBegin;
    private int minorVersion;
    private boolean hasHost;
    private long contentLength;
    private Coding coding;
    private boolean saysClose;
    private boolean saysKeepAlive;
    private boolean expectsContinue;
    private boolean expectsElse;

    /**
     * Makes a parser.
     *
     * @param limits what the server takes
     */
    public RequestHead(HttpLimits limits) {
        this.limits = limits;
        reset();
    }

    private void reset() {
        line = 0;
        inFields = false;
        complete = false;
        fieldCount = 0;
        hasHost = false;
        contentLength = -1;
        coding = Coding.NONE;
        saysClose = false;
        saysKeepAlive = false;
        expectsContinue = false;
        expectsElse = false;
    }

    /**
     * Parses as much of a head as there is. If the head is complete the position moves behind it; otherwise it stays,
     * and the next call goes on with the same bytes and more. After a complete head the next call begins a new one.
     *
     * @param source what came, from the begin of the head on. Between two calls the bytes may move within the buffer,
     *     or to another one.
     * @return whether the head is complete
     * @throws HttpException if the server refuses the request. What comes after it is not to be parsed.
     * @throws IllegalArgumentException if the buffer's order is not big-endian
     */
    public boolean parse(ByteBuffer source) throws HttpException {
        if (source.order() != ByteOrder.BIG_ENDIAN) {
            throw new IllegalArgumentException("a buffer in little-endian order");
        }
        if (complete) {
            reset();
        }
        input = source;
        start = source.position();
        while (!complete) {
            int end = findLineEnd(source);
            if (end < 0) {
                return false;
            }
            parseLine(source, start + line, end);
            line = end + LINE_END - start;
        }
        source.position(start + line);
        return true;
    }

    private int findLineEnd(ByteBuffer in) throws HttpException {
        int longest = limits.headBytes() - line - LINE_END;
        int tooLong = TOO_MUCH_IN_HEAD;
        if (!inFields && limits.requestLineBytes() < longest) {
            longest = limits.requestLineBytes();
            tooLong = URI_TOO_LONG;
        }
        if (longest < 0) {
            throw new HttpException(tooLong, "a head of more than " + limits.headBytes() + " bytes");
        }
        return lines.findEnd(in, start + line, longest, tooLong);
    }

    private void parseLine(ByteBuffer in, int begin, int end) throws HttpException {
        if (inFields) {
            if (begin == end) {
                check();
                complete = true;
            } else {
                parseField(in, begin, end);
            }
        } else if (begin != end) { // RFC 9112, 2.2: empty lines before a request are skipped
            parseRequestLine(in, begin, end);
            inFields = true;
            fieldsBegin = end + LINE_END - start;
        }
    }

    private void parseRequestLine(ByteBuffer in, int begin, int end) throws HttpException {
        int versionBegin = end - Long.BYTES;
        if (versionBegin <= begin) {
            throw new HttpException(BAD_REQUEST, "a request line without a version");
        }
        parseVersion(in, versionBegin);
        int methodEnd = parseMethod(in, begin, versionBegin);
        int from = methodEnd + 1;
        int to = versionBegin - 1;
        if (from >= to || in.get(to) != ' ') {
            throw new HttpException(BAD_REQUEST, "a request line that is not a method, a target and a version");
        }
        targetBegin = from - start;
        targetEnd = to - start;
        byte first = in.get(from);
        if (method == Method.CONNECT) {
            checkAuthority(in, from, to, true);
            setPath(to, to);
        } else if (first == '/') {
            parsePath(in, from, to);
        } else if (first == '*' && to == from + 1 && method == Method.OPTIONS) {
            setPath(from, to);
        } else {
            parseAbsolute(in, from, to);
        }
    }

    private void parseVersion(ByteBuffer in, int begin) throws HttpException {
        if (in.getLong(begin) == HTTP_1_1) {
            minorVersion = 1;
            return;
        }
        byte major = in.get(begin + 5);
        byte minor = in.get(begin + 7);
        if (!Octets.equals(in, begin, begin + 5, "HTTP/") || in.get(begin + 6) != '.'
                || !Octets.is(Octets.DIGIT, major) || !Octets.is(Octets.DIGIT, minor)) {
            throw new HttpException(BAD_REQUEST, "a request line without a version");
        }
        if (major != '1') {
            throw new HttpException(VERSION_NOT_SUPPORTED, "a version that is not HTTP/1");
        }
        minorVersion = minor - '0';
    }

    /** Returns the place of the blank behind the method. */
    private int parseMethod(ByteBuffer in, int begin, int end) throws HttpException {
        if (in.getInt(begin) == GET) {
            method = Method.GET;
            return begin + 3;
        }
        int methodEnd = Octets.skip(Octets.TOKEN, in, begin, end);
        if (methodEnd == begin || methodEnd == end || in.get(methodEnd) != ' ') {
            throw new HttpException(BAD_REQUEST, "a request line that does not begin with a method");
        }
        method = methodOf(in, begin, methodEnd);
        return methodEnd;
    }

    private static Method methodOf(ByteBuffer in, int begin, int end) {
        return switch (in.get(begin)) {
            case 'H' -> knownOrNot(in, begin, end, Method.HEAD);
            case 'P' -> switch (end - begin) {
                case 3 -> knownOrNot(in, begin, end, Method.PUT);
                case 4 -> knownOrNot(in, begin, end, Method.POST);
                default -> knownOrNot(in, begin, end, Method.PATCH);
            };
            case 'D' -> knownOrNot(in, begin, end, Method.DELETE);
            case 'O' -> knownOrNot(in, begin, end, Method.OPTIONS);
            case 'T' -> knownOrNot(in, begin, end, Method.TRACE);
            case 'C' -> knownOrNot(in, begin, end, Method.CONNECT);
            default -> Method.UNKNOWN;
        };
    }

    private static Method knownOrNot(ByteBuffer in, int begin, int end, Method known) {
        return Octets.equals(in, begin, end, known.name()) ? known : Method.UNKNOWN;
    }

    private void setPath(int begin, int end) {
        pathBegin = begin - start;
        pathEnd = end - start;
    }

    private void parsePath(ByteBuffer in, int begin, int end) throws HttpException {
        int queryBegin = skipWithEscapes(in, Octets.PATH, begin, end);
        setPath(begin, queryBegin);
        if (queryBegin < end
                && (in.get(queryBegin) != '?' || skipWithEscapes(in, Octets.QUERY, queryBegin, end) < end)) {
            throw new HttpException(BAD_REQUEST, "a character that a target may not have");
        }
    }

    /** Skips characters of a kind, and those that a percent sign and two digits stand for. */
    private int skipWithEscapes(ByteBuffer in, int kind, int begin, int end) throws HttpException {
        int at = Octets.skip(kind, in, begin, end);
        while (at < end && in.get(at) == '%') {
            if (at + 2 >= end || Octets.skip(Octets.HEX, in, at + 1, at + 3) != at + 3) {
                throw new HttpException(BAD_REQUEST, "a percent sign without two digits");
            }
            at = Octets.skip(kind, in, at + 3, end);
        }
        return at;
    }

    /** A proxy's request: http://authority/path. */
    private void parseAbsolute(ByteBuffer in, int begin, int end) throws HttpException {
        int colon = begin;
        while (colon < end && in.get(colon) != ':') {
            colon++;
        }
        if (!Octets.equalsIgnoringCase(in, begin, colon, "http")
                && !Octets.equalsIgnoringCase(in, begin, colon, "https")
                || colon + 3 > end || in.get(colon + 1) != '/' || in.get(colon + 2) != '/') {
            throw new HttpException(BAD_REQUEST, "a target that is no path and no http URI");
        }
        int authority = colon + 3;
        int authorityEnd = authority;
        while (authorityEnd < end && in.get(authorityEnd) != '/' && in.get(authorityEnd) != '?') {
            authorityEnd++;
        }
        if (authority == authorityEnd || in.get(authority) == ':') {
            throw new HttpException(BAD_REQUEST, "an http URI without a host");
        }
        checkAuthority(in, authority, authorityEnd, false);
        parsePath(in, authorityEnd, end);
    }

    /** Checks a host with or without a port. User information is refused: it is not allowed in requests. */
    private void checkAuthority(ByteBuffer in, int begin, int end, boolean needsBoth) throws HttpException {
        int hostEnd;
        if (begin < end && in.get(begin) == '[') {
            hostEnd = begin + 1;
            while (hostEnd < end && (Octets.is(Octets.HEX, in.get(hostEnd)) || in.get(hostEnd) == ':'
                    || in.get(hostEnd) == '.')) {
                hostEnd++;
            }
            if (hostEnd == end || hostEnd == begin + 1 || in.get(hostEnd) != ']') {
                throw new HttpException(BAD_REQUEST, "a faulty IP address");
            }
            hostEnd++;
        } else {
            hostEnd = skipWithEscapes(in, Octets.HOST, begin, end);
        }
        int portBegin = hostEnd + 1;
        boolean valid = hostEnd == end ? !needsBoth
                : in.get(hostEnd) == ':' && Octets.skip(Octets.DIGIT, in, portBegin, end) == end
                        && !(needsBoth && (hostEnd == begin || portBegin == end));
        if (!valid) {
            throw new HttpException(BAD_REQUEST, "a faulty host or port");
        }
    }

    private void parseField(ByteBuffer in, int begin, int end) throws HttpException {
        int colon = Lines.nameEnd(in, begin, end);
        if (++fieldCount > limits.fields()) {
            throw new HttpException(TOO_MUCH_IN_HEAD, "more than " + limits.fields() + " fields");
        }
        switch (colon - begin) { // the lengths of the names that matter to a server
            case 4 -> {
                if (Octets.fourLetters(in, begin) == HOST) {
                    trim(in, colon, end);
                    parseHost(in, valueBegin, valueEnd);
                }
            }
            case 6 -> {
                if (Octets.equalsIgnoringCase(in, begin, colon, "expect")) {
                    trim(in, colon, end);
                    parseExpect(in, valueBegin, valueEnd);
                }
            }
            case CONNECTION_LENGTH -> {
                if (Octets.eightLetters(in, begin) == CONNECTI && Octets.fourLetters(in, colon - 4) == TION) {
                    trim(in, colon, end);
                    parseConnection(in, valueBegin, valueEnd);
                }
            }
            case 14 -> {
                if (Octets.equalsIgnoringCase(in, begin, colon, "content-length")) {
                    trim(in, colon, end);
                    parseContentLength(in, valueBegin, valueEnd);
                }
            }
            case 17 -> {
                if (Octets.equalsIgnoringCase(in, begin, colon, "transfer-encoding")) {
                    trim(in, colon, end);
                    parseTransferEncoding(in, valueBegin, valueEnd);
                }
            }
            default -> { }
        }
    }

    /** Finds the value behind a colon, without the blanks around it. */
    private void trim(ByteBuffer in, int colon, int end) {
        valueBegin = Octets.skipBlanks(in, colon + 1, end);
        valueEnd = end;
        while (valueEnd > valueBegin && Octets.isBlank(in.get(valueEnd - 1))) {
            valueEnd--;
        }
    }

    private void parseHost(ByteBuffer in, int begin, int end) throws HttpException {
        if (hasHost) {
            throw new HttpException(BAD_REQUEST, "two fields Host");
        }
        hasHost = true;
        if (begin < end) {
            checkAuthority(in, begin, end, false);
        }
    }

    private void parseExpect(ByteBuffer in, int begin, int end) {
        if (Octets.equalsIgnoringCase(in, begin, end, "100-continue")) {
            expectsContinue = true;
        } else {
            expectsElse = true;
        }
    }

    private void parseConnection(ByteBuffer in, int begin, int end) {
        if (end - begin == CONNECTION_LENGTH && Octets.eightLetters(in, begin) == KEEP_ALI
                && Octets.fourLetters(in, end - 4) == LIVE) {
            saysKeepAlive = true;
            return;
        }
        int at = begin;
        while (at < end) {
            int optionEnd = at;
            while (optionEnd < end && in.get(optionEnd) != ',' && !Octets.isBlank(in.get(optionEnd))) {
                optionEnd++;
            }
            saysClose |= Octets.equalsIgnoringCase(in, at, optionEnd, "close");
            saysKeepAlive |= Octets.equalsIgnoringCase(in, at, optionEnd, "keep-alive");
            at = optionEnd + 1;
        }
    }

    /** RFC 9110, 8.6: a length is digits. Two lengths are refused, even equal ones, as is a list of lengths. */
    private void parseContentLength(ByteBuffer in, int begin, int end) throws HttpException {
        if (contentLength >= 0 || begin == end || Octets.skip(Octets.DIGIT, in, begin, end) != end) {
            throw new HttpException(BAD_REQUEST, "a faulty Content-Length");
        }
        long length = 0;
        for (int at = begin; at < end; at++) {
            length = length > MOST_BEFORE_DIGIT ? Long.MAX_VALUE : length * 10 + in.get(at) - '0';
        }
        contentLength = length;
    }

    private void parseTransferEncoding(ByteBuffer in, int begin, int end) throws HttpException {
        int at = begin;
        while (true) {
            int nameEnd = Octets.skip(Octets.TOKEN, in, at, end);
            int next = Octets.skipBlanks(in, nameEnd, end);
            if (nameEnd == at || next < end && in.get(next) != ',') {
                throw new HttpException(BAD_REQUEST, "a faulty Transfer-Encoding");
            }
            boolean isChunked = Octets.equalsIgnoringCase(in, at, nameEnd, "chunked");
            coding = switch (coding) {
                case NONE -> isChunked ? Coding.CHUNKED : Coding.UNKNOWN;
                case UNKNOWN -> isChunked ? Coding.CHUNKED_AFTER_UNKNOWN : Coding.UNKNOWN;
                default -> Coding.FAULTY; // chunked has to be the last one
            };
            if (next == end) {
                return;
            }
            at = Octets.skipBlanks(in, next + 1, end);
        }
    }

    /** What the fields have to be together. */
    private void check() throws HttpException {
        if (!hasHost && minorVersion > 0) {
            throw new HttpException(BAD_REQUEST, "no field Host");
        }
        if (coding != Coding.NONE) {
            if (contentLength >= 0 || minorVersion == 0) {
                throw new HttpException(BAD_REQUEST, minorVersion == 0 ? "Transfer-Encoding in HTTP/1.0"
                        : "both Content-Length and Transfer-Encoding");
            }
            if (coding == Coding.UNKNOWN || coding == Coding.FAULTY) {
                throw new HttpException(BAD_REQUEST, "a Transfer-Encoding that does not end with chunked");
            }
            if (coding == Coding.CHUNKED_AFTER_UNKNOWN) {
                throw new HttpException(NOT_IMPLEMENTED, "an unknown Transfer-Encoding");
            }
        }
        if (expectsElse && minorVersion > 0) {
            throw new HttpException(EXPECTATION_FAILED, "an unknown expectation");
        }
    }

    /** {@return the method} */
    public Method method() {
        return method;
    }

    /** {@return the version behind HTTP/1.} */
    public int minorVersion() {
        return minorVersion;
    }

    /**
     * {@return whether the client wants to send further requests on this connection, and can} What follows CONNECT may
     * be meant for the tunnel that the client asks for, and is no request.
     */
    public boolean isKeepAlive() {
        return !saysClose && (minorVersion > 0 || saysKeepAlive) && method != Method.CONNECT;
    }

    /** {@return the length of the body in bytes; 0 without a body; -1 for a chunked body} */
    public long contentLength() {
        return coding == Coding.CHUNKED ? -1 : Math.max(0, contentLength);
    }

    /** {@return whether a body comes, if only an empty one in chunks} */
    public boolean hasBody() {
        return coding == Coding.CHUNKED || contentLength > 0;
    }

    /** {@return whether the client waits for 100 Continue before it sends the body} */
    public boolean expectsContinue() {
        return expectsContinue && minorVersion > 0 && hasBody();
    }

    /**
     * {@return whether the path is this one, character by character} This and the other methods that look at the head's
     * bytes work as long as these lie where {@link #parse} found them: until more input is read.
     *
     * @param path of ASCII, as the client has to write it
     */
    public boolean pathIs(String path) {
        return pathBegin == pathEnd ? path.equals("/") : Octets.equals(input, start + pathBegin, start + pathEnd, path);
    }

    /** {@return the path as the client wrote it; * for OPTIONS *; / for an empty one} See {@link #pathIs}. */
    public String path() {
        return pathBegin == pathEnd ? "/" : text(start + pathBegin, start + pathEnd);
    }

    /** {@return the target as the client wrote it} See {@link #pathIs}. */
    public String target() {
        return text(start + targetBegin, start + targetEnd);
    }

    /**
     * {@return the value of the first field of a name, in ISO 8859-1; null if there is none} See {@link #pathIs}.
     *
     * @param lowerCaseName the name in lower case
     */
    public String field(String lowerCaseName) {
        int at = start + fieldsBegin;
        int fieldsEnd = start + line - LINE_END;
        while (at < fieldsEnd) {
            int end = Octets.findLineEnd(input, at, fieldsEnd);
            int colon = Octets.skip(Octets.TOKEN, input, at, end);
            if (Octets.equalsIgnoringCase(input, at, colon, lowerCaseName)) {
                trim(input, colon, end);
                return text(valueBegin, valueEnd);
            }
            at = end + LINE_END;
        }
        return null;
    }

    private String text(int begin, int end) {
        byte[] bytes = new byte[end - begin];
        input.get(begin, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
