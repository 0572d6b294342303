package io.stepoll.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.AllocatedBytes;
import io.stepoll.support.Seeds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parser of heads and bodies: what it serves and refuses, however the bytes are cut. */
@Timeout(120)
class RequestHeadTest {
    private static final IntUnaryOperator AT_ONCE = left -> left;
    private static final IntUnaryOperator BYTE_BY_BYTE = left -> 1;
    private static final int RANDOM_CUTS = 20;
    private static final int CHANGED_REQUESTS = 2000;
    private static final int SHORT = 2000; // bytes of a request that is cut at every place
    private static final int WARM_UP = 20_000;
    private static final int REQUESTS = 20_000;

    static List<HttpCases.Case> malformed() {
        return HttpCases.malformed();
    }

    static List<HttpCases.Served> wellFormed() {
        return HttpCases.wellFormed();
    }

    @Test
    void thereAreManyMalformedRequests() {
        assertTrue(malformed().size() >= 60, () -> malformed().size() + " requests");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void malformedRequestsAreRefused(HttpCases.Case malformed) {
        String expected = malformed.status() + "\n";
        String transcript = Transcript.of(malformed.bytes(), AT_ONCE);
        assertTrue(transcript.endsWith(expected), transcript);
        assertEquals(1, transcript.chars().filter(octet -> octet == '\n').count(), transcript);
        cutInManyWays(malformed.bytes(), transcript);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wellFormed")
    void wellFormedRequestsAreServed(HttpCases.Served served) {
        assertEquals(served.transcript(), Transcript.of(served.bytes(), AT_ONCE));
        cutInManyWays(served.bytes(), served.transcript());
    }

    /** A refused request is not served when well-formed ones come before and behind it. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void nothingIsServedBehindAMalformedRequest(HttpCases.Case malformed) {
        String get = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
        String all = get + malformed.request() + get;
        String alone = Transcript.of(malformed.bytes(), AT_ONCE);
        assertEquals("GET /plaintext keep ''\n" + alone,
                Transcript.of(all.getBytes(StandardCharsets.ISO_8859_1), AT_ONCE));
    }

    private static void cutInManyWays(byte[] bytes, String expected) {
        if (bytes.length <= SHORT) {
            assertEquals(expected, Transcript.of(bytes, BYTE_BY_BYTE));
            for (int cut = 1; cut < bytes.length; cut++) {
                int first = bytes.length - cut;
                assertEquals(expected, Transcript.of(bytes, left -> left == bytes.length ? first : left));
            }
        }
        SplittableRandom random = Seeds.random("RequestHeadTest");
        for (int i = 0; i < RANDOM_CUTS; i++) {
            int largest = 1 + random.nextInt(bytes.length);
            assertEquals(expected, Transcript.of(bytes, left -> 1 + random.nextInt(Math.min(left, largest))));
        }
    }

    /** Requests with a few random octets in random places: served or refused, but the same in each way to cut them. */
    @Test
    void changedRequestsGiveTheSameResultHoweverTheyAreCut() {
        SplittableRandom random = Seeds.random("RequestHeadTest");
        List<HttpCases.Served> cases = wellFormed();
        for (int i = 0; i < CHANGED_REQUESTS; i++) {
            byte[] bytes = cases.get(random.nextInt(cases.size())).bytes();
            if (bytes.length <= SHORT) {
                for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(random.nextBoolean() ? 0x80 : 0x100);
                }
                String text = new String(bytes, StandardCharsets.ISO_8859_1);
                String expected = Transcript.of(bytes, AT_ONCE);
                assertEquals(expected, Transcript.of(bytes, BYTE_BY_BYTE), text);
                assertEquals(expected, Transcript.of(bytes, left -> 1 + random.nextInt(left)), text);
            }
        }
    }

    private static RequestHead parsed(String request) throws HttpException {
        RequestHead head = new RequestHead(HttpLimits.DEFAULT);
        assertTrue(head.parse(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1))));
        return head;
    }

    @Test
    void theHeadTellsWhatItHas() throws Exception {
        RequestHead head = parsed("POST /a/b?c=d HTTP/1.1\r\nHost: e\r\nX-One: \t1 2\t3 \r\nEmpty:\r\nx-one: 4\r\n"
                + "Tab:\ta\tb\r\nContent-Length: 5\r\n\r\n");
        assertEquals(Method.POST, head.method());
        assertEquals("/a/b?c=d", head.target());
        assertEquals("/a/b", head.path());
        assertTrue(head.pathIs("/a/b"));
        assertFalse(head.pathIs("/a/B"));
        assertFalse(head.pathIs("/a/"));
        assertEquals(1, head.minorVersion());
        assertEquals(5, head.contentLength());
        assertTrue(head.hasBody());
        assertEquals("1 2\t3", head.field("x-one"));
        assertEquals("", head.field("empty"));
        assertEquals("a\tb", head.field("tab"));
        assertEquals("5", head.field("content-length"));
        assertNull(head.field("x"));
        assertNull(head.field("one"));
        assertTrue(parsed("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").pathIs("/"));
        assertEquals(-1, parsed("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").contentLength());
    }

    /** A server without a limit of its own still has that of 63 bits. */
    @ParameterizedTest
    @ValueSource(strings = {"8000000000000000", "ffffffffffffffff", "10000000000000005",
        "5\r\n12345\r\n7fffffffffffffff"})
    void aChunkBeyond63BitsIsRefused(String size) throws Exception {
        RequestHead head = parsed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        BodyDecoder body = new BodyDecoder(new HttpLimits(8000, 1 << 14, 100, Long.MAX_VALUE, 1024, 4096));
        body.begin(head);
        ByteBuffer input = ByteBuffer.wrap((size + "\r\n12345\r\n0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        assertEquals(413, assertThrows(HttpException.class, () -> body.decode(input, null)).status());
    }

    @Test
    void aBufferInLittleEndianOrderIsRefused() {
        ByteBuffer input = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        assertThrows(IllegalArgumentException.class, () -> new RequestHead(HttpLimits.DEFAULT).parse(input));
    }

    /** The eight octets that are looked at at once: each control character, at each place, among all neighbours. */
    @Test
    void everyControlCharacterIsFoundAtEveryPlace() {
        for (int octet = 0; octet <= 0xff; octet++) {
            boolean isControl = octet < 0x20 || octet == 0x7f;
            for (int neighbour : new int[] {0x20, 0x21, 0x7e, 0x80, 0xff}) {
                for (int place = 0; place < 11; place++) {
                    ByteBuffer buffer = ByteBuffer.allocate(11);
                    while (buffer.hasRemaining()) {
                        buffer.put((byte) neighbour);
                    }
                    buffer.put(place, (byte) octet);
                    assertEquals(isControl ? place : 11, Octets.findControl(buffer, 0, 11));
                }
            }
        }
    }

    @Test
    void parsingAllocatesNothing() throws Exception {
        AllocatedBytes allocatedBytes = new AllocatedBytes();
        byte[] bytes = ("GET /plaintext?a=b HTTP/1.1\r\nHost: localhost:80\r\nAccept: */*\r\n"
                + "Connection: keep-alive\r\n\r\n"
                + "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;a=b\r\nabc\r\n0\r\nA: b\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer input = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        ByteBuffer decoded = ByteBuffer.allocateDirect(16);
        RequestHead head = new RequestHead(HttpLimits.DEFAULT);
        BodyDecoder body = new BodyDecoder(HttpLimits.DEFAULT);
        long allocated = 0;
        for (int i = 0; i < WARM_UP + REQUESTS; i++) {
            if (i == WARM_UP) {
                allocated = allocatedBytes.now();
            }
            input.rewind();
            while (input.hasRemaining()) {
                assertTrue(head.parse(input));
                assertTrue(head.pathIs("/plaintext") || head.pathIs("/echo"));
                body.begin(head);
                body.decode(input, decoded.clear());
            }
        }
        double each = (double) (allocatedBytes.now() - allocated) / REQUESTS;
        assertTrue(each < 1, () -> each + " bytes for two requests");
    }
}
