package io.stepoll.examples.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Requests for the parser and for the server: malformed ones, and each well-formed variation. */
public final class HttpCases {
    private static final int TOO_LARGE = 413;

    private HttpCases() {}

    /** A request, in ISO 8859-1, and the status of its answer. A status of 0 stands for a request that is served. */
    public record Case(String what, String request, int status) {
        public byte[] bytes() {
            return request.getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static void add(List<Case> cases, int status, String what, String request) {
        cases.add(new Case(what, request, status));
    }

    /** A GET with lines of its own, each with its end. */
    private static String get(String lines) {
        return "GET /plaintext HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
    }

    /** A GET whose request line is given, without its end. */
    private static String line(String requestLine) {
        return requestLine + "\r\nHost: a\r\n\r\n";
    }

    private static String post(String lines, String body) {
        return "POST /echo HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + body;
    }

    private static String chunked(String body) {
        return post("Transfer-Encoding: chunked\r\n", body);
    }

    /** Requests that no server may serve. */
    public static List<Case> malformed() {
        List<Case> cases = new ArrayList<>();
        requestLines(cases);
        hosts(cases);
        fields(cases);
        framing(cases);
        chunks(cases);
        limits(cases);
        return cases;
    }

    private static void requestLines(List<Case> cases) {
        add(cases, 400, "HTTP/0.9", "GET /plaintext\r\n\r\n");
        add(cases, 400, "no version", line("GET /plaintext"));
        add(cases, 400, "no target", line("GET HTTP/1.1"));
        add(cases, 400, "an empty target", line("GET  HTTP/1.1"));
        add(cases, 400, "a method alone", line("GET"));
        add(cases, 400, "two blanks before the target", line("GET  /plaintext HTTP/1.1"));
        add(cases, 400, "two blanks before the version", line("GET /plaintext  HTTP/1.1"));
        add(cases, 400, "a blank at the end of the request line", line("GET /plaintext HTTP/1.1 "));
        add(cases, 400, "a blank at the begin of the request line", line(" GET /plaintext HTTP/1.1"));
        add(cases, 400, "a tab before the target", line("GET\t/plaintext HTTP/1.1"));
        add(cases, 400, "a tab before the version", line("GET /plaintext\tHTTP/1.1"));
        add(cases, 400, "a blank in the target", line("GET /plain text HTTP/1.1"));
        add(cases, 400, "a form feed in the request line", line("GET\f/plaintext HTTP/1.1"));
        add(cases, 400, "a NUL in the method", line("GE\0T /plaintext HTTP/1.1"));
        add(cases, 400, "a NUL in the target", line("GET /plain\0text HTTP/1.1"));
        add(cases, 400, "a separator in the method", line("GE(T /plaintext HTTP/1.1"));
        add(cases, 400, "a colon in the method", line("GET: /plaintext HTTP/1.1"));
        add(cases, 400, "an octet beyond ASCII in the method", line("G\u00c9T /plaintext HTTP/1.1"));
        add(cases, 400, "an octet beyond ASCII in the target", line("GET /\u00e9 HTTP/1.1"));
        add(cases, 400, "a fragment", line("GET /plaintext#there HTTP/1.1"));
        add(cases, 400, "a backslash in the target", line("GET \\plaintext HTTP/1.1"));
        add(cases, 400, "a quote in the target", line("GET /\"plaintext\" HTTP/1.1"));
        add(cases, 400, "angle brackets in the target", line("GET /<script> HTTP/1.1"));
        add(cases, 400, "a percent sign without digits", line("GET /a% HTTP/1.1"));
        add(cases, 400, "a percent sign with one digit", line("GET /a%4 HTTP/1.1"));
        add(cases, 400, "a percent sign with wrong digits", line("GET /a%g1 HTTP/1.1"));
        add(cases, 400, "a relative target", line("GET plaintext HTTP/1.1"));
        add(cases, 400, "an asterisk in a GET", line("GET * HTTP/1.1"));
        add(cases, 400, "an authority in a GET", line("GET a:80 HTTP/1.1"));
        add(cases, 400, "an absolute target without a host", line("GET http:///plaintext HTTP/1.1"));
        add(cases, 400, "an absolute target with a port alone", line("GET http://:80/plaintext HTTP/1.1"));
        add(cases, 400, "user information in the target", line("GET http://a@b/plaintext HTTP/1.1"));
        add(cases, 400, "another scheme", line("GET ftp://a/plaintext HTTP/1.1"));
        add(cases, 400, "a scheme with one slash", line("GET http:/a/plaintext HTTP/1.1"));
        add(cases, 400, "a faulty port in the target", line("GET http://a:x/plaintext HTTP/1.1"));
        add(cases, 400, "CONNECT with a path", line("CONNECT /plaintext HTTP/1.1"));
        add(cases, 400, "CONNECT without a port", line("CONNECT a HTTP/1.1"));
        add(cases, 400, "a version in lower case", line("GET /plaintext http/1.1"));
        add(cases, 400, "a version without a point", line("GET /plaintext HTTP/11"));
        add(cases, 400, "a version without a minor", line("GET /plaintext HTTP/1."));
        add(cases, 400, "a version of three digits", line("GET /plaintext HTTP/1.10"));
        add(cases, 400, "a version with a letter", line("GET /plaintext HTTP/1.x"));
        add(cases, 400, "a version with a sign", line("GET /plaintext HTTP/+1.1"));
        add(cases, 400, "another protocol", line("GET /plaintext HTTQ/1.1"));
        add(cases, 505, "HTTP/2.0", line("GET /plaintext HTTP/2.0"));
        add(cases, 505, "the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        add(cases, 505, "HTTP/0.9 by name", line("GET /plaintext HTTP/0.9"));
        add(cases, 400, "an LF alone behind the request line", "GET /plaintext HTTP/1.1\nHost: a\r\n\r\n");
        add(cases, 400, "LFs alone", "GET /plaintext HTTP/1.1\nHost: a\n\n");
        add(cases, 400, "an LF alone before the request", "\nGET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n");
        add(cases, 400, "a CR alone behind the request line", "GET /plaintext HTTP/1.1\rHost: a\r\n\r\n");
        add(cases, 400, "two CRs behind the request line", "GET /plaintext HTTP/1.1\r\r\nHost: a\r\n\r\n");
        add(cases, 400, "a greeting of TLS", "\u0016\u0003\u0001\u0002\0\u0001\0");
    }

    private static void hosts(List<Case> cases) {
        String get = "GET /plaintext HTTP/1.1\r\n";
        add(cases, 400, "no Host", get + "\r\n");
        add(cases, 400, "no Host, with other fields", get + "Accept: */*\r\n\r\n");
        add(cases, 400, "no Host beside an absolute target", "GET http://a/plaintext HTTP/1.1\r\n\r\n");
        add(cases, 400, "two fields Host", get + "Host: a\r\nHost: b\r\n\r\n");
        add(cases, 400, "two equal fields Host", get + "Host: a\r\nHost: a\r\n\r\n");
        add(cases, 400, "two fields Host in HTTP/1.0", "GET /plaintext HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n");
        add(cases, 400, "a blank in Host", get + "Host: a b\r\n\r\n");
        add(cases, 400, "a list in Host", get + "Host: a, b@c\r\n\r\n");
        add(cases, 400, "a path in Host", get + "Host: a/b\r\n\r\n");
        add(cases, 400, "user information in Host", get + "Host: a@b\r\n\r\n");
        add(cases, 400, "a faulty port in Host", get + "Host: a:8o\r\n\r\n");
        add(cases, 400, "two ports in Host", get + "Host: a:80:80\r\n\r\n");
        add(cases, 400, "a faulty address in Host", get + "Host: [::1\r\n\r\n");
        add(cases, 400, "text behind an address in Host", get + "Host: [::1]a\r\n\r\n");
        add(cases, 400, "an octet beyond ASCII in Host", get + "Host: \u00e9\r\n\r\n");
    }

    private static void fields(List<Case> cases) {
        add(cases, 400, "a blank before the colon", get("Accept : */*\r\n"));
        add(cases, 400, "a tab before the colon", get("Accept\t: */*\r\n"));
        add(cases, 400, "a blank before the first field", "GET /plaintext HTTP/1.1\r\n Host: a\r\n\r\n");
        add(cases, 400, "a folded value", get("Accept: a,\r\n b\r\n"));
        add(cases, 400, "a value folded by a tab", get("Accept: a,\r\n\tb\r\n"));
        add(cases, 400, "a line of blanks", get("Accept: a\r\n \r\n"));
        add(cases, 400, "no colon", get("Accept\r\n"));
        add(cases, 400, "no name", get(": value\r\n"));
        add(cases, 400, "a blank in the name", get("Acc ept: a\r\n"));
        add(cases, 400, "a NUL in the name", get("Acc\0ept: a\r\n"));
        add(cases, 400, "a separator in the name", get("Acc[ept: a\r\n"));
        add(cases, 400, "an octet beyond ASCII in the name", get("Acc\u00e9pt: a\r\n"));
        add(cases, 400, "a NUL in the value", get("Accept: a\0b\r\n"));
        add(cases, 400, "a NUL at the end of the value", get("Accept: ab\0\r\n"));
        add(cases, 400, "a DEL in the value", get("Accept: a\u007fb\r\n"));
        add(cases, 400, "an escape in the value", get("Accept: a\u001bb\r\n"));
        add(cases, 400, "a vertical tab in the value", get("Accept: a\u000bb\r\n"));
        add(cases, 400, "a CR alone in the value", get("Accept: a\rb\r\n"));
        add(cases, 400, "a CR alone and a field", get("Accept: a\rContent-Length: 5\r\n"));
        add(cases, 400, "an LF alone behind a field", get("Accept: a\nContent-Length: 5\r\n"));
        add(cases, 400, "an LF alone at the end", "GET /plaintext HTTP/1.1\r\nHost: a\r\n\n");
        add(cases, 400, "a CR alone at the end", "GET /plaintext HTTP/1.1\r\nHost: a\r\n\rX");
        add(cases, 417, "an unknown expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "a"));
    }

    private static void framing(List<Case> cases) {
        String[] lengths = {"", " ", "-1", "+5", "5a", "0x5", "a", "5 5", "5,5", "5, 6", "5.0", "\"5\"", "5;", "1e1"};
        for (String length : lengths) {
            add(cases, 400, "Content-Length '" + length + "'", post("Content-Length: " + length + "\r\n", "12345"));
        }
        add(cases, 400, "two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "123456"));
        add(cases, 400, "two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "12345"));
        add(cases, 400, "a blank behind Content-Length", post("Content-Length : 5\r\n", "12345"));
        add(cases, TOO_LARGE, "a length beyond 64 bits", post("Content-Length: 18446744073709551621\r\n", "12345"));
        add(cases, TOO_LARGE, "a length of many digits", post("Content-Length: " + "9".repeat(100) + "\r\n", "12345"));
        add(cases, 400, "a length and chunks",
                post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
        add(cases, 400, "chunks and a length",
                post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"));
        add(cases, 400, "chunks in HTTP/1.0",
                "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
        String[] codings = {"", "identity", "xchunked", "chunkedx", "\"chunked\"", "chunked;q=1", "chunked, identity",
            "chunked, chunked", "chunked, gzip", "chunked chunked", "x-chunked", ",chunked", "chunked,", "'chunked'",
            "chunked\u00a0", "gzip"};
        for (String coding : codings) {
            add(cases, 400, "Transfer-Encoding '" + coding + "'",
                    post("Transfer-Encoding: " + coding + "\r\n", "5\r\n12345\r\n0\r\n\r\n"));
        }
        add(cases, 400, "two codings chunked",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
        add(cases, 400, "chunked, then another coding",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n"));
        add(cases, 501, "an unknown coding before chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"));
        add(cases, 400, "a blank behind Transfer-Encoding", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"));
        add(cases, 400, "a vertical tab before chunked", post("Transfer-Encoding: \u000bchunked\r\n", "0\r\n\r\n"));
        add(cases, 400, "a hidden Transfer-Encoding", post("X: x\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
        add(cases, 400, "a length in a GET that is no length", get("Content-Length: x\r\n"));
    }

    private static void chunks(List<Case> cases) {
        String[] sizes = {"", " ", " 5", "5 ", "+5", "-5", "0x5", "5h", "g", "5;", "5;=a", "5; ;a", "5;a=", "5;a b",
            "5;a=\"b", "5;a=b c", "5;a=\"b\"c", "5,a", "5\t", "5;\u00e9=a"};
        for (String size : sizes) {
            add(cases, 400, "a chunk's size '" + size + "'", chunked(size + "\r\n12345\r\n0\r\n\r\n"));
        }
        add(cases, TOO_LARGE, "a chunk's size beyond 64 bits", chunked("10000000000000005\r\n12345\r\n0\r\n\r\n"));
        add(cases, TOO_LARGE, "a chunk's size of 63 bits", chunked("7fffffffffffffff\r\n12345\r\n0\r\n\r\n"));
        add(cases, TOO_LARGE, "a chunk's size of 32 bits", chunked("100000005\r\n12345\r\n0\r\n\r\n"));
        add(cases, 400, "an LF alone behind a size", chunked("5\n12345\r\n0\r\n\r\n"));
        add(cases, 400, "a CR alone behind a size", chunked("5\r12345\r\n0\r\n\r\n"));
        add(cases, 400, "two CRs behind a size", chunked("5\r\r\n12345\r\n0\r\n\r\n"));
        add(cases, 400, "an LF in an extension", chunked("5;a\nb\r\n12345\r\n0\r\n\r\n"));
        add(cases, 400, "an LF alone behind a chunk", chunked("5\r\n12345\n0\r\n\r\n"));
        add(cases, 400, "a chunk that is longer than its size", chunked("4\r\n12345\r\n0\r\n\r\n"));
        add(cases, 400, "a chunk without an end", chunked("5\r\n123450\r\n\r\n"));
        add(cases, 400, "a NUL in a size", chunked("5\0\r\n12345\r\n0\r\n\r\n"));
        add(cases, 400, "a trailer without a colon", chunked("0\r\nTrailer\r\n\r\n"));
        add(cases, 400, "a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n"));
        add(cases, 400, "a NUL in a trailer", chunked("0\r\nA: \0\r\n\r\n"));
        add(cases, 400, "an LF alone behind a trailer", chunked("0\r\nA: b\n\r\n"));
        add(cases, 400, "an LF alone at the end of the trailer", chunked("0\r\n\n"));
        add(cases, 400, "a length in the trailer", chunked("0\r\nContent-Length: 5\r\n\r\n"));
        add(cases, 400, "a coding in the trailer", chunked("0\r\ntransfer-encoding: chunked\r\n\r\n"));
        add(cases, 400, "a Host in the trailer", chunked("0\r\nHost: b\r\n\r\n"));
    }

    private static void limits(List<Case> cases) {
        HttpLimits limits = HttpLimits.DEFAULT;
        String name = "a".repeat(limits.headBytes());
        add(cases, 414, "a long target", line("GET /" + "a".repeat(limits.requestLineBytes()) + " HTTP/1.1"));
        add(cases, 414, "a target without an end", "GET /" + name);
        add(cases, 431, "a long field", get("A: " + name + "\r\n"));
        add(cases, 431, "a field without an end", "GET /plaintext HTTP/1.1\r\nHost: a\r\nA: " + name);
        add(cases, 431, "a long name", get(name + ": a\r\n"));
        add(cases, 431, "many fields", get("A: a\r\n".repeat(limits.fields())));
        add(cases, 431, "a long head", get(("A: " + "a".repeat(1000) + "\r\n").repeat(limits.headBytes() / 1000 + 1)));
        add(cases, 431, "empty lines without an end", "\r\n".repeat(limits.headBytes() / 2));
        add(cases, TOO_LARGE, "a long body", post("Content-Length: " + (limits.bodyBytes() + 1) + "\r\n", "1"));
        add(cases, TOO_LARGE, "a long chunk", chunked(Long.toHexString(limits.bodyBytes() + 1) + "\r\n1"));
        add(cases, 400, "a long size of a chunk", chunked("0".repeat(limits.chunkLineBytes()) + "1\r\n1\r\n0\r\n\r\n"));
        add(cases, 400, "many extensions",
                chunked(("1;a=" + "b".repeat(1000) + "\r\n1\r\n").repeat(limits.chunkExtensionBytes() / 1000 + 1)));
        add(cases, 431, "a long trailer", chunked("0\r\nA: " + name + "\r\n\r\n"));
        add(cases, 431, "many trailers", chunked("0\r\n" + "A: a\r\n".repeat(limits.fields() + 1) + "\r\n"));
    }

    /** Requests that every server serves, and what a parser makes of them: as {@link Transcript} writes it. */
    public record Served(String what, String request, String transcript) {
        public byte[] bytes() {
            return request.getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static void serve(List<Served> cases, String what, String request, String transcript) {
        cases.add(new Served(what, request, transcript));
    }

    public static List<Served> wellFormed() {
        List<Served> cases = new ArrayList<>();
        String get = "GET /plaintext keep ''\n";
        serve(cases, "a plain request", get(""), get);
        serve(cases, "blanks around a value", get("A:  \t a \t \r\n"), get);
        serve(cases, "no blanks around a value", get("A:a\r\nB:\r\n"), get);
        serve(cases, "tabs and octets beyond ASCII in a value", get("A: a\tb \u00e9\u00ff~\r\n"), get);
        serve(cases, "every sign in a name", get("!#$%&'*+-.^_`|~09azAZ: a\r\n"), get);
        serve(cases, "names in capitals", "GET /plaintext HTTP/1.1\r\nHOST: a\r\nCONNECTION: CLOSE\r\n\r\n",
                "GET /plaintext close ''\n");
        serve(cases, "an empty line before", "\r\n" + get(""), get);
        serve(cases, "several empty lines before", "\r\n\r\n\r\n" + get(""), get);
        serve(cases, "an empty Host", "GET /plaintext HTTP/1.1\r\nHost:\r\n\r\n", get);
        for (String host : List.of("a:80", "a:", "[::1]", "[::1]:80", "127.0.0.1:1", "a.b-c_d~e", "a%20b", "a,b;c=d")) {
            serve(cases, "Host " + host, "GET /plaintext HTTP/1.1\r\nHost: " + host + "\r\n\r\n", get);
        }
        serve(cases, "a query", line("GET /plaintext?a=b&c=/?:@!$'()*+,; HTTP/1.1"), get);
        serve(cases, "an empty query", line("GET /plaintext? HTTP/1.1"), get);
        serve(cases, "escapes", line("GET /a%2Fb%c3%A9/~;=:@?%20 HTTP/1.1"), "GET /a%2Fb%c3%A9/~;=:@ keep ''\n");
        serve(cases, "dots", line("GET /../a/./b HTTP/1.1"), "GET /../a/./b keep ''\n");
        serve(cases, "an absolute target", line("GET http://b.c/plaintext HTTP/1.1"), get);
        serve(cases, "an absolute target in capitals", line("GET HTTP://B:8080/plaintext?a HTTP/1.1"), get);
        serve(cases, "an absolute target of https", line("GET https://[::1]/plaintext HTTP/1.1"), get);
        serve(cases, "an absolute target without a path", line("GET http://b HTTP/1.1"), "GET / keep ''\n");
        serve(cases, "an absolute target with a query alone", line("GET http://b?a HTTP/1.1"), "GET / keep ''\n");
        serve(cases, "OPTIONS *", line("OPTIONS * HTTP/1.1"), "OPTIONS * keep ''\n");
        serve(cases, "CONNECT", line("CONNECT a:80 HTTP/1.1"), "CONNECT / close ''\n");
        serve(cases, "HEAD", line("HEAD /plaintext HTTP/1.1"), "HEAD /plaintext keep ''\n");
        for (String method : List.of("PUT", "DELETE", "PATCH", "TRACE", "POST")) {
            serve(cases, method, line(method + " /a HTTP/1.1"), method + " /a keep ''\n");
        }
        for (String method : List.of("get", "GETS", "HEADER", "PUTT", "X", "M-SEARCH", "!#$%&'*+-.^_`|~")) {
            serve(cases, "the method " + method, line(method + " /a HTTP/1.1"), "UNKNOWN /a keep ''\n");
        }
        serve(cases, "a later minor version", line("GET /plaintext HTTP/1.9"), get);
        serve(cases, "HTTP/1.0", "GET /plaintext HTTP/1.0\r\n\r\n", "GET /plaintext close ''\n");
        serve(cases, "HTTP/1.0 that is kept", "GET /plaintext HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", get);
        serve(cases, "a close", get("Connection: close\r\n"), "GET /plaintext close ''\n");
        serve(cases, "a close in a list", get("Connection: a , ,close,b\r\n"), "GET /plaintext close ''\n");
        serve(cases, "a close in a second field", get("Connection: keep-alive\r\nConnection: close\r\n"),
                "GET /plaintext close ''\n");
        serve(cases, "options that are not close", get("Connection: closed, xclose, clos\r\n"), get);
        serve(cases, "a GET with a body", get("Content-Length: 3\r\n") + "abc", "GET /plaintext keep 'abc'\n");
        serve(cases, "a length of 0", post("Content-Length: 0\r\n", ""), "POST /echo keep ''\n");
        serve(cases, "a length with zeros", post("Content-Length: 0005\r\n", "12345"), "POST /echo keep '12345'\n");
        serve(cases, "blanks around a length", post("Content-Length: \t5 \t\r\n", "12345"),
                "POST /echo keep '12345'\n");
        serve(cases, "an expectation", post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "1"),
                "POST /echo keep continue '1'\n");
        serve(cases, "an expectation without a body", get("Expect: 100-continue\r\n"), get);
        serve(cases, "an expectation in HTTP/1.0",
                "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n1", "POST /echo close '1'\n");
        chunksThatAreServed(cases);
        serve(cases, "pipelined requests", get("") + chunked("1\r\na\r\n0\r\n\r\n") + "\r\n"
                + post("Content-Length: 2\r\n", "\r\n") + get("Connection: close\r\n"),
                get + "POST /echo keep 'a'\nPOST /echo keep '\r\n'\nGET /plaintext close ''\n");
        limitsThatAreReached(cases);
        return cases;
    }

    private static void chunksThatAreServed(List<Served> cases) {
        String empty = "POST /echo keep ''\n";
        String five = "POST /echo keep '12345'\n";
        serve(cases, "chunks", chunked("3\r\n123\r\n2\r\n45\r\n0\r\n\r\n"), five);
        serve(cases, "an empty body in chunks", chunked("0\r\n\r\n"), empty);
        serve(cases, "zeros before a size", chunked("0005\r\n12345\r\n000\r\n\r\n"), five);
        serve(cases, "hexadecimal sizes", chunked("A\r\n1234567890\r\nb\r\n12345678901\r\n0\r\n\r\n"),
                "POST /echo keep '123456789012345678901'\n");
        serve(cases, "extensions", chunked("5;a;b=c ; d = \"e;\\\"f\t\u00e9\" \t;g\r\n12345\r\n0;h\r\n\r\n"), five);
        serve(cases, "a trailer", chunked("5\r\n12345\r\n0\r\nA: b\r\nC:\r\n\r\n"), five);
        serve(cases, "a chunk with the ends of lines", chunked("5\r\n\r\n0\r\n\r\n0\r\n\r\n"),
                "POST /echo keep '\r\n0\r\n'\n");
        serve(cases, "chunked in capitals", post("Transfer-Encoding: \tChunked \r\n", "0\r\n\r\n"), empty);
    }

    private static void limitsThatAreReached(List<Served> cases) {
        HttpLimits limits = HttpLimits.DEFAULT;
        String path = "/" + "a".repeat(limits.requestLineBytes() - "GET / HTTP/1.1".length());
        serve(cases, "the longest request line", line("GET " + path + " HTTP/1.1"), "GET " + path + " keep ''\n");
        String filled = "a".repeat(limits.headBytes() - get("A: \r\n").length());
        serve(cases, "the longest head", get("A: " + filled + "\r\n"), "GET /plaintext keep ''\n");
        serve(cases, "the most fields", get("A: a\r\n".repeat(limits.fields() - 1)), "GET /plaintext keep ''\n");
        serve(cases, "the longest line of a chunk",
                chunked("0".repeat(limits.chunkLineBytes() - 1) + "1\r\na\r\n0\r\n\r\n"), "POST /echo keep 'a'\n");
        serve(cases, "the most trailers", chunked("0\r\n" + "A: a\r\n".repeat(limits.fields()) + "\r\n"),
                "POST /echo keep ''\n");
    }
}
