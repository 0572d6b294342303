package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.ConnectFailedException;
import io.stepoll.EventLoop;
import io.stepoll.VirtualClock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host name may stand for several addresses: connect tries each, in order, until one answers. */
@Timeout(60)
class HostNameTest extends SocketFixture {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static InetSocketAddress at(String ip, int port) throws Exception {
        return new InetSocketAddress(InetAddress.getByName(ip), port);
    }

    private StreamSocket connect(Duration timeout, SocketAddress... addresses) throws Exception {
        return inTask(() -> StreamSocket.connecting(loop).timeout(timeout).connectToAny(List.of(addresses)));
    }

    @Test
    void theFirstAddressThatAnswers() throws Exception {
        Listener listener = Listener.bind(loop, at("127.0.0.3", 0));
        int port = port(listener.localAddress());
        Listener another = Listener.bind(loop, at("127.0.0.4", port));
        StreamSocket socket = connect(LONG, at("127.0.0.2", port), at("127.0.0.3", port), at("127.0.0.4", port));
        assertEquals(listener.localAddress(), socket.remoteAddress());
        assertTrue(another.isOpen());
    }

    @Test
    void nobodyAnswers() throws Exception {
        Listener listener = Listener.bind(loop, at("127.0.0.1", 0));
        int port = port(listener.localAddress());
        listener.close();
        int before = openDescriptors();
        ConnectFailedException failure = assertThrows(ConnectFailedException.class,
                () -> connect(LONG, at("127.0.0.2", port), at("127.0.0.3", port), at("127.0.0.4", port)));
        assertEquals(3, failure.getSuppressed().length);
        for (int i = 0; i < 3; i++) {
            Throwable one = assertInstanceOf(ConnectFailedException.class, failure.getSuppressed()[i]);
            assertMessage(one, "127.0.0." + (2 + i));
            assertMessage(failure, "127.0.0." + (2 + i));
        }
        assertEquals(before, openDescriptors());
    }

    /** The timeout is for all addresses together: past it connect tries no other address. */
    @Test
    void noTimeForTheNextAddress() throws Exception {
        AbstractAddress full = AbstractAddress.of("stepoll-full-" + folder.getFileName());
        Listener listener = Listener.bind(loop, full, 0);
        StreamSocket first = inTask(() -> StreamSocket.connect(loop, full));
        int before = openDescriptors();
        SocketTimeoutException timeout = assertThrows(SocketTimeoutException.class,
                () -> connect(Duration.ofMillis(20), at("127.0.0.2", 1), full, at("127.0.0.3", 1)));
        assertMessage(timeout, "stepoll-full");
        assertEquals(1, timeout.getSuppressed().length);
        assertEquals(before, openDescriptors());
        assertTrue(first.isOpen() && listener.isOpen());
    }

    @Test
    void unknownName() {
        assertThrows(UnknownHostException.class, () -> inTask(
                () -> StreamSocket.connect(loop, InetSocketAddress.createUnresolved("no-such-host.invalid", 1), LONG)));
    }

    /** A look-up takes real time. No deadline of the virtual clock comes meanwhile. */
    @Test
    void virtualTimeWaitsForTheLookUp() throws Exception {
        loop.close();
        VirtualClock clock = VirtualClock.create();
        loop = EventLoop.builder().clock(clock).open();
        assertThrows(UnknownHostException.class, () -> inTask(
                () -> StreamSocket.connect(loop, InetSocketAddress.createUnresolved("no-such-host.invalid", 1), LONG)));
        assertEquals(0, clock.nanoTime());
    }

    /** In a JVM of its own, which reads host names from a file. */
    @Test
    void aNameOfSeveralAddresses() throws Exception {
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.2 manifold\n127.0.0.3 manifold\n");
        String output = NamedHost.run(hosts);
        assertEquals("127.0.0.3", output.strip());
    }
}
