package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.support.FreePorts;
import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
import io.stepoll.support.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers behind balancers: headers of the PROXY protocol, in whatever pieces, and what follows them. */
@Timeout(60)
class ProxyProtocolTest extends ServerFixture {
    private static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
    private static final int RANDOM_CASES = Integer.getInteger("stepoll.proxyCases", 150);
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int CHECKSUM = 3;
    private static final int NOTHING = 4;

    private final BlockingQueue<String> served = new LinkedBlockingQueue<>();

    /** Reads to the end, and notes the addresses and all bytes. */
    private void serve(Connection<Void> connection) throws IOException {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 12);
        while (connection.socket().read(buffer.clear()) >= 0) {
            payload.write(buffer.array(), 0, buffer.position());
        }
        note(connection, payload);
        connection.socket().write(ByteBuffer.allocate(1));
    }

    private void note(Connection<Void> connection, ByteArrayOutputStream payload) {
        served.add((connection.isProxied() ? Addresses.format(connection.peer()) + " to "
                + Addresses.format(connection.local()) : "itself") + ": "
                + payload.toString(StandardCharsets.ISO_8859_1));
    }

    /** Does the same in callbacks. */
    private ReadinessHandler handler(Connection<Void> connection) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        return new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                ByteBuffer buffer = ByteBuffer.allocate(1 << 12);
                if (descriptor.tryRead(buffer) < 0) {
                    note(connection, payload);
                    descriptor.tryWrite(ByteBuffer.allocate(1));
                    descriptor.close();
                } else {
                    payload.write(buffer.array(), 0, buffer.position());
                }
            }
        };
    }

    private Server open(ProxyProtocol protocol) throws IOException {
        return open(protocol, true);
    }

    private Server open(ProxyProtocol protocol, boolean inTasks) throws IOException {
        ServerBuilder<Void> builder = Server.builder(group).proxyProtocol(protocol)
                .onFailure(this::tell);
        return (inTasks ? builder.serve(this::serve) : builder.handle(this::handler)).open(ANY);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** An addition of version 2. */
    private static byte[] addition(int type, byte... value) {
        ByteBuffer bytes = ByteBuffer.allocate(3 + value.length);
        return bytes.put((byte) type).putShort((short) value.length).put(value).array();
    }

    /** A header of version 2. */
    private static byte[] binary(int command, int family, byte[] addresses, byte[]... additions) {
        try {
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            rest.write(addresses);
            for (byte[] one : additions) {
                rest.write(one);
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            DataOutputStream data = new DataOutputStream(all);
            data.write(bytes(SIGNATURE));
            data.writeByte(command);
            data.writeByte(family);
            data.writeShort(rest.size());
            rest.writeTo(data);
            return all.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] inet(String from, String to, int fromPort, int toPort) {
        byte[] first = InetAddress.ofLiteral(from).getAddress();
        byte[] second = InetAddress.ofLiteral(to).getAddress();
        return ByteBuffer.allocate(2 * first.length + 4).put(first).put(second).putShort((short) fromPort)
                .putShort((short) toPort).array();
    }

    private static final byte[] IPV4 = inet("10.1.2.3", "10.4.5.6", 61234, 443);

    /** Fills in the checksum, which is the last addition. */
    private static byte[] withChecksum(byte[] header) {
        CRC32C sum = new CRC32C();
        sum.update(header);
        ByteBuffer.wrap(header).putInt(header.length - 4, (int) sum.getValue());
        return header;
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** Sends the bytes in pieces that end at these offsets, each as a packet of its own, and then the end. */
    private static void send(SocketChannel client, byte[] bytes, int... ends) throws Exception {
        client.setOption(StandardSocketOptions.TCP_NODELAY, true);
        int begin = 0;
        for (int end : ends) {
            client.write(ByteBuffer.wrap(bytes, begin, end - begin));
            begin = end;
            // A chance for the server to see the piece alone. Either way the result is the same.
            Thread.sleep(0, 300_000);
        }
        client.write(ByteBuffer.wrap(bytes, begin, bytes.length - begin));
        client.shutdownOutput();
    }

    private String serves(Server server, byte[] bytes, int... ends) throws Exception {
        try (SocketChannel client = connect(server)) {
            send(client, bytes, ends);
            assertEquals(1, client.read(ByteBuffer.allocate(1)), () -> "not served: " + told);
            return served.take();
        }
    }

    private Throwable refuses(Server server, byte[] bytes) throws Exception {
        try (SocketChannel client = connect(server)) {
            try {
                send(client, bytes);
                assertEquals(-1, client.read(ByteBuffer.allocate(1)), () -> "served: " + served);
            } catch (IOException reset) {
                // What was sent behind a malformed header is unread at the close.
            }
            Failure failure = told.take();
            assertTrue(((InetSocketAddress) failure.peer()).getAddress().isLoopbackAddress());
            assertEquals(0, served.size());
            return failure.thrown();
        }
    }

    private static final List<String> LINES = List.of(
            "PROXY TCP4 10.1.2.3 10.4.5.6 61234 443\r\n|tcp:10.1.2.3:61234 to tcp:10.4.5.6:443",
            "PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n|tcp:0.0.0.0:0 to tcp:255.255.255.255:65535",
            "PROXY TCP6 2001:db8::1 ::1 1 2\r\n|tcp:[2001:db8:0:0:0:0:0:1]:1 to tcp:[0:0:0:0:0:0:0:1]:2",
            "PROXY TCP6 ::ffff:10.1.2.3 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n|tcp:10.1.2.3:65535 to "
                    + "tcp:[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
            "PROXY UNKNOWN\r\n|itself",
            "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n|itself",
            "PROXY UNKNOWN anything \0 at all\r\n|itself");

    /** Each form, with what follows it byte for byte, in tasks and in callbacks. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void linesOfVersion1(boolean inTasks) throws Exception {
        for (ProxyProtocol protocol : List.of(ProxyProtocol.REQUIRED, ProxyProtocol.OPTIONAL)) {
            try (Server server = open(protocol, inTasks)) {
                for (String line : LINES) {
                    String[] parts = line.split("\\|");
                    assertEquals(parts[1] + ": PROXY GET\r\n", serves(server, bytes(parts[0] + "PROXY GET\r\n")));
                    assertEquals(parts[1] + ": ", serves(server, bytes(parts[0])));
                }
            }
        }
        assertEquals(0, told.size(), told::toString);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void headersOfVersion2(boolean inTasks) throws Exception {
        byte[] unix = new byte[216];
        System.arraycopy(bytes("/run/client"), 0, unix, 0, 11);
        System.arraycopy(bytes("\0server"), 0, unix, 108, 7);
        String inet = "tcp:10.1.2.3:61234 to tcp:10.4.5.6:443";
        List<byte[]> headers = List.of(binary(PROXY, 0x11, IPV4), binary(PROXY, 0x12, IPV4),
                binary(PROXY, 0x11, IPV4, addition(2, bytes("example.org")), addition(NOTHING, new byte[1000])),
                binary(PROXY, 0x11, IPV4, addition(NOTHING, new byte[0xffff - 12 - 3])),
                withChecksum(binary(PROXY, 0x11, IPV4, addition(1, bytes("h2")), addition(CHECKSUM, new byte[4]))),
                binary(PROXY, 0x21, inet("2001:db8::1", "::1", 1, 2)),
                binary(PROXY, 0x31, unix),
                binary(LOCAL, 0x00, new byte[0]), binary(LOCAL, 0x11, IPV4), binary(LOCAL, 0x77, new byte[5]),
                binary(PROXY, 0x00, new byte[0]), binary(PROXY, 0x00, new byte[37]));
        List<String> expected = List.of(inet, inet, inet, inet, inet,
                "tcp:[2001:db8:0:0:0:0:0:1]:1 to tcp:[0:0:0:0:0:0:0:1]:2", "unix:/run/client to unix:@server",
                "itself", "itself", "itself", "itself", "itself");
        for (ProxyProtocol protocol : List.of(ProxyProtocol.REQUIRED, ProxyProtocol.OPTIONAL)) {
            try (Server server = open(protocol, inTasks)) {
                for (int i = 0; i < headers.size(); i++) {
                    byte[] header = headers.get(i);
                    assertEquals(expected.get(i) + ": " + SIGNATURE + "payload",
                            serves(server, join(header, bytes(SIGNATURE + "payload"))));
                    assertEquals(expected.get(i) + ": ", serves(server, header));
                }
            }
        }
        assertEquals(0, told.size(), told::toString);
    }

    /** Without the protocol such bytes are the client's, and with an optional one all that is no header. */
    @Test
    void noHeader() throws Exception {
        try (Server server = open(ProxyProtocol.OFF)) {
            assertEquals("itself: PROXY UNKNOWN\r\nx", serves(server, bytes("PROXY UNKNOWN\r\nx")));
        }
        try (Server server = open(ProxyProtocol.OPTIONAL)) {
            for (String text : List.of("GET / HTTP/1.1\r\n\r\n", "P", "PROXY", "PROXZ", "\r", "\r\n", "", "x",
                    SIGNATURE.substring(0, 11) + "x", SIGNATURE.substring(0, 11), "PUT")) {
                assertEquals("itself: " + text, serves(server, bytes(text)));
                assertEquals("itself: " + text, serves(server, bytes(text), Math.min(1, text.length())));
            }
        }
        assertEquals(0, told.size(), told::toString);
    }

    private static List<byte[]> malformed() {
        List<byte[]> all = new ArrayList<>();
        for (String line : List.of("PROXY TCP4 10.1.2.3 10.4.5.6 61234 443\n", "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
                "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n", "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
                "PROXY TCP4 1.2.3.4. 1.2.3.4 1 2\r\n", "PROXY TCP4 1.2.3.4.5 1.2.3.4 1 2\r\n",
                "PROXY TCP4 0x1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 localhost 1.2.3.4 1 2\r\n",
                "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP6 [::1] [::1] 1 2\r\n",
                "PROXY TCP6 ::1%lo ::1 1 2\r\n", "PROXY TCP6 1::2::3 ::1 1 2\r\n", "PROXY TCP6 :::: ::1 1 2\r\n",
                "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY UNKNOWNX\r\n", "PROXY unknown\r\n", "PROXY \r\n",
                "PROXY TCP4\r\n", "PROXY UNKNOWN\rx\n", "PROXY " + "x".repeat(101) + "\r\n",
                "PROXY UNKNOWN " + "x".repeat(92) + "\r\n", "PROXY " + "x".repeat(1000),
                "PROXY TCP4 1.2.3.4 1.2.3.4 1 2", "PROXY \n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 \u0662\r\n")) {
            all.add(bytes(line));
        }
        all.add(binary(0x10, 0x11, IPV4)); // a version 1 that is none
        all.add(binary(0x31, 0x11, IPV4));
        all.add(binary(0x22, 0x11, IPV4)); // no such command
        all.add(binary(PROXY, 0x13, IPV4));
        all.add(binary(PROXY, 0x41, IPV4));
        all.add(binary(PROXY, 0x10, IPV4));
        all.add(binary(PROXY, 0x01, IPV4));
        all.add(binary(PROXY, 0x11, Arrays.copyOf(IPV4, 11)));
        all.add(binary(PROXY, 0x11, new byte[0]));
        all.add(binary(PROXY, 0x21, IPV4));
        all.add(binary(PROXY, 0x31, new byte[215]));
        all.add(binary(PROXY, 0x11, IPV4, new byte[] {1}));
        all.add(binary(PROXY, 0x11, IPV4, new byte[] {1, 0}));
        all.add(binary(PROXY, 0x11, IPV4, new byte[] {1, 0, 1}));
        all.add(binary(PROXY, 0x11, IPV4, addition(1), new byte[] {1, (byte) 0xff, (byte) 0xff, 0}));
        all.add(binary(PROXY, 0x11, IPV4, addition(CHECKSUM, new byte[4])));
        all.add(binary(PROXY, 0x11, IPV4, addition(CHECKSUM, new byte[3])));
        all.add(binary(PROXY, 0x11, IPV4, addition(CHECKSUM)));
        byte[] damaged = withChecksum(binary(PROXY, 0x11, IPV4, addition(CHECKSUM, new byte[4])));
        damaged[17] ^= 1;
        all.add(damaged);
        byte[] whole = binary(PROXY, 0x11, IPV4);
        for (int length = 16; length < whole.length; length++) { // cut short
            all.add(Arrays.copyOf(whole, length));
        }
        return all;
    }

    @Test
    void malformedHeaders() throws Exception {
        for (ProxyProtocol protocol : List.of(ProxyProtocol.REQUIRED, ProxyProtocol.OPTIONAL)) {
            try (Server server = open(protocol)) {
                for (byte[] header : malformed()) {
                    Throwable thrown = refuses(server, header);
                    assertInstanceOf(ProtocolException.class, thrown, () -> Arrays.toString(header));
                    assertTrue(thrown.getMessage().startsWith("the PROXY header from tcp:127.0.0.1:"),
                            thrown::getMessage);
                }
            }
        }
    }

    @Test
    void aMissingHeader() throws Exception {
        try (Server server = open(ProxyProtocol.REQUIRED)) {
            for (String text : List.of("GET / HTTP/1.1\r\n\r\n", "x", "P", "PROXY", SIGNATURE.substring(0, 11))) {
                assertInstanceOf(ProtocolException.class, refuses(server, bytes(text)), text);
            }
        }
    }

    /** A balancer that only looks whether anybody listens is neither served nor a failure. */
    @Test
    void checksOfHealth() throws Exception {
        try (Server server = open(ProxyProtocol.REQUIRED)) {
            connect(server).close();
            connect(server).setOption(StandardSocketOptions.SO_LINGER, 0).close();
            assertEquals("itself: x", serves(server, bytes("PROXY UNKNOWN\r\nx")));
            Looks.until(() -> server.connections() == 0);
        }
        assertEquals(0, told.size(), told::toString);
        assertEquals(0, served.size());
        assertEquals(List.of(), log.messages());
    }

    /** A header may come in any pieces. */
    @Test
    void splitAnywhere() throws Exception {
        byte[] line = bytes("PROXY TCP4 10.1.2.3 10.4.5.6 61234 443\r\npayload");
        byte[] binary = join(withChecksum(binary(PROXY, 0x11, IPV4, addition(CHECKSUM, new byte[4]))),
                bytes("payload"));
        try (Server server = open(ProxyProtocol.OPTIONAL)) {
            for (byte[] whole : List.of(line, binary)) {
                for (int at = 1; at < whole.length; at++) {
                    assertEquals("tcp:10.1.2.3:61234 to tcp:10.4.5.6:443: payload", serves(server, whole, at));
                }
                int[] everywhere = new int[whole.length - 1];
                Arrays.setAll(everywhere, i -> i + 1);
                assertEquals("tcp:10.1.2.3:61234 to tcp:10.4.5.6:443: payload", serves(server, whole, everywhere));
            }
        }
        assertEquals(0, told.size(), told::toString);
    }

    /** Random changes of headers: each connection is served or has failed, and the server goes on. */
    @Test
    void randomHeaders() throws Exception {
        SplittableRandom random = Seeds.random("ProxyProtocolTest");
        List<byte[]> seeds = new ArrayList<>(malformed());
        LINES.forEach(line -> seeds.add(bytes(line.split("\\|")[0])));
        seeds.add(binary(PROXY, 0x11, IPV4, addition(1, bytes("h2"))));
        try (Server server = open(ProxyProtocol.OPTIONAL)) {
            for (int i = 0; i < RANDOM_CASES; i++) {
                byte[] header = seeds.get(random.nextInt(seeds.size())).clone();
                for (int change = random.nextInt(3); change > 0; change--) {
                    header[random.nextInt(header.length)] = (byte) random.nextInt(256);
                }
                if (header.length > 16 && header[0] == '\r') {
                    header[14] = 0; // or it would wait for much more
                }
                try (SocketChannel client = connect(server)) {
                    try {
                        send(client, header);
                        client.read(ByteBuffer.allocate(1));
                    } catch (IOException reset) {
                        // What was sent is unread at the close.
                    }
                }
            }
            Looks.until(() -> server.connections() == 0);
            assertEquals(RANDOM_CASES, served.size() + told.size());
            served.clear();
            assertEquals("itself: x", serves(server, bytes("PROXY UNKNOWN\r\nx")));
        }
    }

    /** A task is named after the client, and so are messages about its connection. */
    @ParameterizedTest
    @EnumSource(names = {"REQUIRED", "OPTIONAL"})
    void namesAndMessages(ProxyProtocol protocol) throws Exception {
        BlockingQueue<String> names = new LinkedBlockingQueue<>();
        try (Server server = Server.builder(group).proxyProtocol(protocol)
                .onFailure(this::tell).serve(connection -> {
                    names.add(Thread.currentThread().getName());
                    connection.socket().read(ByteBuffer.allocate(1), Duration.ZERO);
                }).open(ANY); SocketChannel client = connect(server)) {
            client.write(ByteBuffer.wrap(bytes("PROXY TCP4 10.1.2.3 10.4.5.6 61234 443\r\n")));
            assertEquals("serve tcp:10.1.2.3:61234", names.take());
            Failure failure = told.take();
            assertEquals(new InetSocketAddress(InetAddress.ofLiteral("10.1.2.3"), 61234), failure.peer());
            assertTrue(failure.thrown().getMessage().contains("tcp:10.1.2.3:61234"), failure.thrown()::getMessage);
        }
    }

    /** HAProxy passes connections on, with version 1 and 2, and its checks of health are no failures. */
    @ParameterizedTest
    @ValueSource(strings = {"send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"})
    void haproxy(String option, @TempDir Path folder) throws Exception {
        Assumptions.assumeTrue(Programs.has("haproxy"), "haproxy on the PATH");
        int front = FreePorts.next();
        try (Server server = open(ProxyProtocol.REQUIRED)) {
            Path configuration = folder.resolve("haproxy.cfg");
            Files.writeString(configuration, """
                    defaults
                        mode tcp
                        timeout connect 10s
                        timeout client 30s
                        timeout server 30s
                    listen front
                        bind 127.0.0.1:%d
                        server it 127.0.0.1:%d %s check inter 100ms
                    """.formatted(front, ((InetSocketAddress) server.localAddress()).getPort(), option));
            Process balancer = Programs.start("haproxy", "-db", "-q", "-f",
                    configuration.toString());
            try {
                SocketChannel client = connect(front, balancer);
                try (client) {
                    String from = Addresses.format(client.getLocalAddress());
                    send(client, bytes("payload"));
                    assertEquals(1, client.read(ByteBuffer.allocate(1)));
                    String expected = from + " to tcp:127.0.0.1:" + front + ": payload";
                    Looks.until(() -> served.contains(expected));
                }
            } finally {
                balancer.destroy();
                assertTrue(balancer.waitFor(30, TimeUnit.SECONDS));
            }
        }
        assertEquals(0, told.size(), told::toString);
    }

    private static SocketChannel connect(int port, Process balancer) throws Exception {
        List<SocketChannel> connected = new ArrayList<>();
        Looks.until(() -> {
            assertTrue(balancer.isAlive(), "haproxy has ended");
            try {
                connected.add(SocketChannel.open(new InetSocketAddress("127.0.0.1", port)));
                return true;
            } catch (IOException notYet) {
                return false;
            }
        });
        return connected.getFirst();
    }
}
