package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.NamedHost;
import io.stepoll.VirtualClock;
import io.stepoll.internal.sys.Sockets;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names that stand for several addresses: each is tried, in order, until one answers. */
@Timeout(60)
class HostNameTest extends DatagramFixture {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static InetSocketAddress at(String ip, int port) throws Exception {
        return new InetSocketAddress(InetAddress.getByName(ip), port);
    }

    private StreamSocket connect(Duration timeout, InetSocketAddress... addresses) throws Exception {
        return inTask(() -> new StreamSocket(Connecting.connect(loop, Sockets.SOCK_STREAM, List.of(addresses),
                loop.deadline(timeout), Map.of())));
    }

    @Test
    void theFirstThatAnswers() throws Exception {
        Listener listener = Listener.bind(loop, at("127.0.0.3", 0));
        Listener another = Listener.bind(loop, at("127.0.0.4", portOf(listener)));
        StreamSocket socket = connect(LONG, at("127.0.0.2", portOf(listener)), at("127.0.0.3", portOf(listener)),
                at("127.0.0.4", portOf(listener)));
        assertEquals(listener.localAddress(), socket.remoteAddress());
        assertTrue(another.isOpen());
    }

    private static int portOf(Listener listener) {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Test
    void nobodyAnswers() throws Exception {
        Listener listener = Listener.bind(loop, at("127.0.0.1", 0));
        int port = portOf(listener);
        listener.close();
        int before = OptionSubject.openDescriptors();
        ConnectException failure = assertThrows(ConnectException.class,
                () -> connect(LONG, at("127.0.0.2", port), at("127.0.0.3", port), at("127.0.0.4", port)));
        assertTrue(failure.getMessage().contains("127.0.0.4"), failure.getMessage());
        assertEquals(2, failure.getSuppressed().length);
        for (int i = 0; i < 2; i++) {
            String message = assertInstanceOf(ConnectException.class, failure.getSuppressed()[i]).getMessage();
            assertTrue(message.contains("127.0.0." + (2 + i)), message);
        }
        assertEquals(before, OptionSubject.openDescriptors());
    }

    /** One deadline for all: past it no further address is tried. */
    @Test
    void noTimeForTheNext() throws Exception {
        AbstractAddress full = AbstractAddress.of("stepoll-full-" + folder.getFileName());
        Listener listener = Listener.bind(loop, full, 0);
        StreamSocket first = inTask(() -> StreamSocket.connect(loop, full));
        int before = OptionSubject.openDescriptors();
        SocketTimeoutException timeout = assertThrows(SocketTimeoutException.class,
                () -> inTask(() -> Connecting.connect(loop, Sockets.SOCK_STREAM, List.of(at("127.0.0.2", 1), full,
                        at("127.0.0.3", 1)), loop.deadline(Duration.ofMillis(20)), Map.of())));
        assertTrue(timeout.getMessage().contains("stepoll-full"), timeout.getMessage());
        assertEquals(1, timeout.getSuppressed().length);
        assertEquals(before, OptionSubject.openDescriptors());
        assertTrue(first.isOpen() && listener.isOpen());
    }

    @Test
    void unknownName() {
        assertThrows(UnknownHostException.class, () -> inTask(
                () -> StreamSocket.connect(loop, InetSocketAddress.createUnresolved("no-such-host.invalid", 1), LONG)));
    }

    /** A look-up takes real time; a virtual deadline does not come meanwhile. */
    @Test
    void virtualTimeWaitsForTheLookUp() throws Exception {
        loop.close();
        loop = EventLoop.builder().clock(new VirtualClock()).open();
        assertThrows(UnknownHostException.class, () -> inTask(
                () -> StreamSocket.connect(loop, InetSocketAddress.createUnresolved("no-such-host.invalid", 1), LONG)));
        assertEquals(0, loop.deadline(Duration.ZERO));
    }

    /** In a JVM of its own, whose names come from a file. */
    @Test
    void aNameOfSeveralAddresses() throws Exception {
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.2 manifold\n127.0.0.3 manifold\n");
        String output = NamedHost.run(hosts);
        assertEquals("127.0.0.3", output.strip());
    }
}
