package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.VirtualTimeFixture;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a balancer may take for a header of the PROXY protocol, in virtual time. */
@Timeout(30)
class ProxyTimeoutsTest extends VirtualTimeFixture {
    private static final SocketAddress ANY = Addresses.parse("tcp:127.0.0.1:0");
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String BINARY_BEGIN = "\r\n\r\n\0\r\nQUIT\n!\21\0\14"; // 12 bytes are to follow

    @ParameterizedTest
    @CsvSource({"REQUIRED, ''", "REQUIRED, P", "REQUIRED, PROXY TCP4", "REQUIRED, BINARY", "OPTIONAL, P",
        "OPTIONAL, PROXY TCP4", "OPTIONAL, BINARY"})
    void aHeaderThatDoesNotCome(ProxyProtocol protocol, String what) throws Exception {
        String begin = what.equals("BINARY") ? BINARY_BEGIN : what;
        List<Throwable> told = new ArrayList<>();
        Server server = Server.builder(loop).proxyProtocol(protocol).onFailure((peer, thrown) -> told.add(thrown))
                .serve(connection -> {
                    throw new AssertionError("served");
                }).open(ANY);
        inTask(() -> {
            try (server; StreamSocket client = StreamSocket.connect(loop, server.localAddress())) {
                client.write(ByteBuffer.wrap(begin.getBytes(StandardCharsets.US_ASCII)));
                long before = clock.nanoTime();
                assertEnds(client);
                assertEquals(PATIENCE, Duration.ofNanos(clock.nanoTime() - before));
            }
            return null;
        });
        assertEquals(1, told.size(), told::toString);
        assertTrue(assertInstanceOf(SocketTimeoutException.class, told.getFirst()).getMessage()
                .contains("is not complete after PT5S"), told::toString);
    }

    private static void assertEnds(StreamSocket client) {
        try {
            assertEquals(-1, client.read(ByteBuffer.allocate(1)));
        } catch (java.io.IOException reset) {
            // What the server has not read is lost with the connection.
        }
    }

    /** Where the header is optional, a client may say nothing for as long as it likes. */
    @ParameterizedTest
    @CsvSource({"x", "PROXY UNKNOWN"})
    void aQuietClient(String first) throws Exception {
        List<Throwable> told = new ArrayList<>();
        Server server = Server.builder(loop).proxyProtocol(ProxyProtocol.OPTIONAL)
                .onFailure((peer, thrown) -> told.add(thrown)).serve(connection -> {
                    connection.socket().read(ByteBuffer.allocate(1));
                    connection.socket().write(ByteBuffer.allocate(1));
                }).open(ANY);
        inTask(() -> {
            try (server; StreamSocket client = StreamSocket.connect(loop, server.localAddress())) {
                loop.sleep(HOUR);
                client.write(ByteBuffer.wrap((first + "\r\nx").getBytes(StandardCharsets.US_ASCII)));
                assertEquals(1, client.read(ByteBuffer.allocate(1)));
            }
            return null;
        });
        assertEquals(List.of(), told);
    }
}
