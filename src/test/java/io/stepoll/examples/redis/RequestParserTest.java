package io.stepoll.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.Seeds;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests, cut at any byte, and what is none. */
class RequestParserTest {
    private final Request request = new Request();
    private final RequestParser parser = new RequestParser(request);
    private final List<List<String>> requests = new ArrayList<>();

    private static ByteBuffer bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private void parse(String part) throws ProtocolError {
        ByteBuffer input = bytes(part);
        while (parser.parse(input)) {
            List<String> arguments = new ArrayList<>();
            for (int i = 0; i < request.count(); i++) {
                arguments.add(new String(request.copy(i), StandardCharsets.ISO_8859_1));
            }
            requests.add(arguments);
        }
        assertFalse(input.hasRemaining());
    }

    private List<List<String>> parsed(String text) throws ProtocolError {
        parse(text);
        List<List<String>> copy = new ArrayList<>(requests);
        requests.clear();
        return copy;
    }

    private static String array(String... arguments) {
        StringBuilder text = new StringBuilder("*" + arguments.length + "\r\n");
        for (String argument : arguments) {
            text.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
        }
        return text.toString();
    }

    @Test
    void cutAtAnyByte() throws Exception {
        String text = array("SET", "k\r\n\0", "") + "*0\r\n\r\n" + array("x".repeat(300)) + "*-1\r\n  ping 'a b'\r\n"
                + "get \"\\x41\\n\\\"\"\n" + array("last");
        List<List<String>> expected = List.of(List.of("SET", "k\r\n\0", ""), List.of("x".repeat(300)),
                List.of("ping", "a b"), List.of("get", "A\n\""), List.of("last"));
        assertEquals(expected, parsed(text));
        for (int cut = 1; cut < text.length(); cut++) {
            parse(text.substring(0, cut));
            assertEquals(expected, parsed(text.substring(cut)), "cut at " + cut);
        }
        for (int i = 0; i < text.length(); i++) {
            parse(text.substring(i, i + 1));
        }
        assertEquals(expected, requests);
        assertFalse(parser.isWithin());
    }

    @Test
    void randomRequestsInRandomPieces() throws Exception {
        SplittableRandom random = Seeds.random("requests in pieces");
        StringBuilder text = new StringBuilder();
        List<List<String>> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String[] arguments = new String[1 + random.nextInt(20)];
            for (int j = 0; j < arguments.length; j++) {
                byte[] argument = new byte[random.nextInt(random.nextInt(500) == 0 ? 100_000 : 40)];
                random.nextBytes(argument);
                arguments[j] = new String(argument, StandardCharsets.ISO_8859_1);
            }
            text.append(array(arguments));
            expected.add(List.of(arguments));
        }
        for (int begin = 0; begin < text.length();) {
            int end = Math.min(text.length(), begin + random.nextInt(random.nextBoolean() ? 10 : 5000));
            parse(text.substring(begin, end));
            begin = end;
        }
        assertEquals(expected, requests);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "*1048577\\r\\n | invalid multibulk length",
        "*99999999999999999999999\\r\\n | invalid multibulk length",
        "*x\\r\\n | invalid multibulk length",
        "*01\\r\\n | invalid multibulk length",
        "*+1\\r\\n | invalid multibulk length",
        "*-0\\r\\n | invalid multibulk length",
        "*-\\r\\n | invalid multibulk length",
        "*1 \\r\\n | invalid multibulk length",
        "*\\r\\n | invalid multibulk length",
        "*1\\r\\nget\\r\\n | expected '$', got 'g'",
        "*1\\r\\n:3\\r\\n | expected '$', got ':'",
        "*1\\r\\n$-1\\r\\n | invalid bulk length",
        "*1\\r\\n$\\r\\n | invalid bulk length",
        "*1\\r\\n$3x\\r\\n | invalid bulk length",
        "*1\\r\\n$00\\r\\n | invalid bulk length",
        "*1\\r\\n$67108865\\r\\n | invalid bulk length",
        "*1\\r\\n$9223372036854775808\\r\\n | invalid bulk length",
        "get \"a\\r\\n | unbalanced quotes in request",
        "get 'a\\r\\n | unbalanced quotes in request",
        "get \"a\"b\\r\\n | unbalanced quotes in request",
        "get 'a'b\\r\\n | unbalanced quotes in request"})
    void isNoRequest(String text, String message) {
        String sent = text.replace("\\r", "\r").replace("\\n", "\n");
        ProtocolError error = assertThrows(ProtocolError.class, () -> parse(sent));
        assertEquals("ERR Protocol error: " + message, error.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "get x | too big inline request", "* | too big mbulk count string", "*1\\r\\n$ | too big bulk count string"})
    void aLineThatDoesNotEnd(String begin, String message) throws Exception {
        parse(begin.replace("\\r", "\r").replace("\\n", "\n"));
        int sent = 0;
        ProtocolError error = null;
        for (; error == null; sent += 1000) {
            assertTrue(sent < 100_000);
            try {
                parse("1".repeat(1000));
            } catch (ProtocolError e) {
                error = e;
            }
        }
        assertTrue(sent >= 65_000);
        assertEquals("ERR Protocol error: " + message, error.getMessage());
    }

    @Test
    void wordsOfALine() throws Exception {
        assertEquals(List.of(List.of("a", "b", "c d", "e\"", "f'", "g")),
                parsed(" a\tb  \"c d\" 'e\"' \"f'\" g \r\n"));
        assertEquals(List.of(List.of("x'y", "\n\r\t\b\7\\q\0", "", "ab")),
                parsed("'x\\'y' \"\\n\\r\\t\\b\\a\\\\\\q\\x00\" \"\" a\"b\"\n"));
    }

    /** A client that declares much and sends little costs little. */
    @Test
    void aDeclaredLengthCostsNothing() throws Exception {
        parse("*1000000\r\n$67108864\r\n" + "x".repeat(1000));
        assertTrue(request.bytes().length < 10_000);
        assertTrue(parser.isWithin());
    }

    @Test
    void theMemoryOfALargeRequestIsGivenBack() throws Exception {
        parse(array("x".repeat(1 << 20)) + array("get"));
        assertTrue(request.bytes().length < 1000);
        assertEquals(List.of("get"), requests.getLast());
    }

    @Test
    void allArgumentsTogetherAreBounded() throws Exception {
        String half = "$33554432\r\n" + "x".repeat(32 << 20) + "\r\n";
        parse("*5\r\n" + half + half);
        ProtocolError error = assertThrows(ProtocolError.class, () -> parse("$33554432\r\n"));
        assertEquals("ERR Protocol error: too big request", error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "-1", "10", "9223372036854775807", "-9223372036854775808"})
    void numbers(String text) throws Exception {
        assertEquals(Long.parseLong(text), number(text));
        byte[] written = new byte[30];
        int end = Decimal.put(Long.parseLong(text), written, 5);
        assertEquals(text, new String(written, 5, end - 5, StandardCharsets.US_ASCII));
        assertEquals(text.length(), Decimal.length(Long.parseLong(text)));
    }

    private static long number(String text) throws ErrorReply {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Decimal.parse(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "+1", "01", "-0", "-01", "1 ", " 1", "1.0", "0x1", "9223372036854775808",
        "-9223372036854775809", "99999999999999999999", "1a"})
    void noNumbers(String text) {
        assertThrows(ErrorReply.class, () -> number(text));
    }
}
