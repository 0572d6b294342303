package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BindFailedException;
import io.stepoll.ConnectFailedException;
import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.internal.net.ConnectOrder;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.Emulator;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several addresses, a local address, and options of a connect. The time of the loop is virtual. */
@Timeout(60)
class ConnectorTest extends SocketFixture {
    private static final Duration DELAY = Duration.ofMillis(250);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private VirtualClock clock;
    private final List<Listener> listeners = new ArrayList<>();
    private final List<Object> kept = new ArrayList<>(); // a collection would close them while descriptors are counted

    @BeforeEach
    void virtual() throws Exception {
        loop.close();
        clock = VirtualClock.create();
        loop = EventLoop.builder().clock(clock).open();
    }

    private static InetSocketAddress at(String ip, int port) throws Exception {
        return new InetSocketAddress(InetAddress.getByName(ip), port);
    }

    private SocketAddress listening(SocketAddress address) throws Exception {
        Listener listener = Listener.bind(loop, address);
        listeners.add(listener);
        return listener.localAddress();
    }

    /** An address of a listener whose backlog is full: whoever connects there gets no answer. */
    private SocketAddress silent(SocketAddress address) throws Exception {
        Listener listener = Listener.bind(loop, address, 0);
        listeners.add(listener);
        kept.add(inTask(() -> StreamSocket.connect(loop, listener.localAddress())));
        inTask(() -> listener.descriptor().awaitReadable());
        return listener.localAddress();
    }

    /** The address of a port where nobody listens. */
    private SocketAddress refusing(String ip) throws Exception {
        try (Listener listener = Listener.bind(loop, at(ip, 0))) {
            return listener.localAddress();
        }
    }

    private StreamSocket connect(SocketAddress... addresses) throws Exception {
        return inTask(() -> StreamSocket.connecting(loop).connectToAny(Arrays.asList(addresses)));
    }

    /** Runs the code, and counts that no descriptor is left but so many. */
    private <T> T leaving(int count, Callable<T> code) throws Exception {
        int before = openDescriptors();
        T result = code.call();
        kept.add(result);
        assertEquals(before + count, openDescriptors());
        return result;
    }

    @Test
    void theNextAddressIsTriedAfterTheDelay() throws Exception {
        SocketAddress[] all = {silent(at("127.0.0.2", 0)), silent(at("127.0.0.3", 0)), listening(at("127.0.0.4", 0)),
            listening(at("127.0.0.5", 0))};
        StreamSocket socket = leaving(1, () -> connect(all));
        assertEquals(all[2], socket.remoteAddress());
        assertEquals(DELAY.multipliedBy(2).toNanos(), clock.nanoTime());
    }

    @Test
    void theNextAddressIsTriedAtOnceAfterAFailure() throws Exception {
        SocketAddress[] all = {refusing("127.0.0.2"), refusing("127.0.0.3"), listening(at("127.0.0.4", 0))};
        StreamSocket socket = leaving(1, () -> connect(all));
        assertEquals(all[2], socket.remoteAddress());
        assertEquals(0, clock.nanoTime());
    }

    /** One family leads nowhere: the other is the second to be tried. */
    @Test
    void theFamiliesTakeTurns() throws Exception {
        assumeIpv6();
        SocketAddress[] all = {silent(at("::1", 0)), listening(at("127.0.0.1", 0))};
        assertEquals(all[1], leaving(1, () -> connect(all)).remoteAddress());
        assertEquals(DELAY.toNanos(), clock.nanoTime());
        SocketAddress[] turned = {silent(at("127.0.0.1", 0)), listening(at("::1", 0))};
        assertEquals(turned[1], leaving(1, () -> connect(turned)).remoteAddress());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 10, 2000})
    void theDelayCanBeSet(long millis) throws Exception {
        SocketAddress[] all = {silent(at("127.0.0.2", 0)), silent(at("127.0.0.3", 0)), listening(at("127.0.0.4", 0))};
        inTask(() -> StreamSocket.connecting(loop).attemptDelay(Duration.ofMillis(millis)).connectToAny(List.of(all)));
        assertEquals(2 * millis, Duration.ofNanos(clock.nanoTime()).toMillis());
    }

    /** An attempt goes on when the next one has begun, and may still be the first to succeed. */
    @Test
    void theSlowFirstOneWins() throws Exception {
        SocketAddress[] all = {silent(fresh(AddressKind.ABSTRACT)), silent(fresh(AddressKind.ABSTRACT)),
            listening(fresh(AddressKind.ABSTRACT))};
        Listener first = listeners.getFirst();
        loop.callLater(Duration.ofMillis(300), () -> {
            try {
                first.tryAccept();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        StreamSocket socket = leaving(2, () -> connect(all));
        assertEquals(all[0], socket.remoteAddress());
        assertTrue(clock.nanoTime() < DELAY.toNanos() * 2, () -> clock.nanoTime() + " ns");
    }

    /** Two succeed in one step: one connection remains, and the other peer sees the end. */
    @Test
    void twoSucceedAtOnce() throws Exception {
        SocketAddress[] all = {listening(at("127.0.0.2", 0)), listening(at("127.0.0.3", 0))};
        StreamSocket socket = leaving(1, () -> inTask(() ->
                StreamSocket.connecting(loop).attemptDelay(Duration.ZERO).connectToAny(List.of(all))));
        int connected = 0;
        for (int i = 0; i < 2; i++) {
            Listener listener = listeners.get(i);
            StreamSocket accepted = listener.tryAccept();
            if (accepted != null && !all[i].equals(socket.remoteAddress())) {
                assertEquals(-1, inTask(() -> accepted.read(ByteBuffer.allocate(1))));
            } else if (accepted != null) {
                connected++;
            }
        }
        assertEquals(1, connected);
    }

    /** One exception names each address, with its own failure. */
    @Test
    void allFail() throws Exception {
        SocketAddress[] all = {refusing("127.0.0.2"), UnixDomainSocketAddress.of(folder.resolve("nobody")),
            refusing("127.0.0.3")};
        ConnectFailedException failure =
                leaving(0, () -> assertThrows(ConnectFailedException.class, () -> connect(all)));
        assertMessage(failure, Addresses.format(all[0]) + ", ", Addresses.format(all[1]) + " (ENOENT), ",
                Addresses.format(all[2]) + ": ECONNREFUSED");
        assertEquals(3, failure.getSuppressed().length);
        for (int i = 0; i < 3; i++) {
            assertMessage(failure.getSuppressed()[i], Addresses.format(all[i]));
        }
    }

    @Test
    void timeout() throws Exception {
        SocketAddress[] all = {refusing("127.0.0.2"), silent(at("127.0.0.3", 0)), silent(at("127.0.0.4", 0)),
            silent(at("127.0.0.5", 0))};
        SocketTimeoutException timeout = leaving(0, () -> assertThrows(SocketTimeoutException.class, () -> inTask(
                () -> StreamSocket.connecting(loop).timeout(Duration.ofMillis(300)).connectToAny(List.of(all)))));
        for (SocketAddress address : all) {
            assertMessage(timeout, Addresses.format(address));
        }
        assertEquals(1, timeout.getSuppressed().length);
        assertMessage(timeout.getSuppressed()[0], Addresses.format(all[0]), "ECONNREFUSED");
        assertEquals(Duration.ofMillis(300).toNanos(), clock.nanoTime());
    }

    @Test
    void timeoutOfOneAddressNamesTheAddress() throws Exception {
        SocketAddress address = silent(at("127.0.0.3", 0));
        SocketTimeoutException timeout = leaving(0, () -> assertThrows(SocketTimeoutException.class,
                () -> inTask(() -> StreamSocket.connect(loop, address, SECOND))));
        assertMessage(timeout, "connect", Addresses.format(address));
    }

    /** A cancel, a deadline and the close of the loop end all attempts. */
    @ParameterizedTest
    @ValueSource(strings = {"cancel", "deadline", "close"})
    void endedFromOutside(String how) throws Exception {
        SocketAddress[] all = {silent(at("127.0.0.2", 0)), silent(at("127.0.0.3", 0)), silent(at("127.0.0.4", 0))};
        Connector<StreamSocket> connector = StreamSocket.connecting(loop);
        int before = openDescriptors();
        Task<StreamSocket> task = loop.spawn(() -> how.equals("deadline")
                ? loop.within(Duration.ofMillis(400), () -> connector.connectToAny(List.of(all)))
                : connector.connectToAny(List.of(all)));
        loop.callLater(Duration.ofMillis(400), loop::stop);
        loop.run();
        if (how.equals("close")) {
            loop.close();
            assertInstanceOf(CancellationException.class, assertThrows(CancellationException.class, task::join));
            return; // the loop's own descriptors have gone as well
        }
        if (how.equals("cancel")) {
            assertEquals(before + 2, openDescriptors(), "two attempts are under way");
            task.cancel();
        }
        loop.runUntilDone();
        if (how.equals("cancel")) {
            assertThrows(CancellationException.class, task::join);
        } else {
            Throwable deadline = assertThrows(ExecutionException.class, task::join).getCause();
            assertInstanceOf(DeadlineExceededException.class, deadline);
        }
        assertEquals(before, openDescriptors());
    }

    /** An interrupt of the program's own says which addresses were tried, and why some have failed. */
    @Test
    void interrupted() throws Exception {
        SocketAddress[] all = {refusing("127.0.0.2"), silent(at("127.0.0.3", 0))};
        Task<InterruptedIOException> task = loop.spawn(() -> assertThrows(InterruptedIOException.class,
                () -> StreamSocket.connecting(loop).connectToAny(List.of(all))));
        loop.callLater(Duration.ofMillis(1), () -> task.thread().interrupt());
        InterruptedIOException failure = leaving(0, () -> TaskResults.of(loop, task));
        assertMessage(failure, Addresses.format(all[0]), Addresses.format(all[1]), "interrupted");
        assertMessage(failure.getSuppressed()[0], "ECONNREFUSED");
    }

    /** What is no failure of an address is thrown as it is. */
    @Test
    void misuse() throws Exception {
        SocketAddress[] all = {listening(at("127.0.0.2", 0)), listening(at("127.0.0.3", 0))};
        Connector<StreamSocket> connector = StreamSocket.connecting(loop);
        assertThrows(IllegalArgumentException.class, () -> connector.attemptDelay(Duration.ofNanos(-1)));
        assertThrows(IllegalArgumentException.class, () -> connector.connectToAny(List.of()));
        assertThrows(NullPointerException.class, () -> connector.timeout(null));
        assertThrows(NullPointerException.class, () -> connector.from(null));
        assertThrows(NullPointerException.class, () -> connector.option(null, 1));
        assertThrows(IllegalStateException.class, () -> connector.connectToAny(List.of(all)), "in a callback");
        Connector<StreamSocket> wrong = StreamSocket.connecting(loop).option(StandardSocketOptions.IP_MULTICAST_TTL, 1);
        leaving(0, () -> assertThrows(UnsupportedOperationException.class,
                () -> inTask(() -> wrong.connectToAny(List.of(all)))));
        assertThrows(IllegalArgumentException.class, () -> SeqpacketSocket.connecting(loop).connect(all[0]));
        assertOnlyForTheLoop(() -> connector.connect(all[0]));
    }

    @Test
    void aLocalAddress() throws Exception {
        SocketAddress[] all = {listening(at("127.0.0.2", 0)), listening(at("127.0.0.3", 0))};
        Connector<StreamSocket> connector = StreamSocket.connecting(loop).from(at("127.0.0.9", 0));
        StreamSocket socket = inTask(() -> connector.connect(all[0]));
        InetSocketAddress local = (InetSocketAddress) socket.localAddress();
        assertEquals("127.0.0.9", local.getAddress().getHostAddress());
        assertNotEquals(0, local.getPort());
        assertEquals(local, listeners.getFirst().tryAccept().remoteAddress());
        // A port that was asked for: to one peer, and to another one while the first connection is there.
        Connector<StreamSocket> fromPort = StreamSocket.connecting(loop).from(at("127.0.0.8", local.getPort()));
        StreamSocket first = inTask(() -> fromPort.connect(all[0]));
        StreamSocket second = inTask(() -> fromPort.connect(all[1]));
        assertEquals(first.localAddress(), second.localAddress());
        assertEquals(local.getPort(), port(first.localAddress()));
    }

    /** The kernel chooses the port when it knows the peer, so that connections can share one. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void thePortIsChosenInConnect(String ip) throws Exception {
        Emulator.assumeNone("it does not know IP_BIND_ADDRESS_NO_PORT");
        if (ip.contains(":")) {
            assumeIpv6();
        }
        SocketAddress address = listening(at(ip, 0));
        StreamSocket bound = inTask(() -> StreamSocket.connecting(loop).from(at(ip, 0)).connect(address));
        StreamSocket plain = inTask(() -> StreamSocket.connect(loop, address));
        assertEquals(1, choosesLate(bound));
        assertEquals(0, choosesLate(plain));
    }

    private static int choosesLate(StreamSocket socket) {
        return Sockets.intOption(socket.descriptor().fd(), Options.IPPROTO_IP, Options.IP_BIND_ADDRESS_NO_PORT);
    }

    @Test
    void aLocalAddressLeadsToItsFamilyAlone() throws Exception {
        assumeIpv6();
        SocketAddress[] all = {listening(at("::1", 0)), listening(at("127.0.0.1", 0))};
        StreamSocket socket = inTask(() ->
                StreamSocket.connecting(loop).from(at("127.0.0.7", 0)).connectToAny(List.of(all)));
        assertEquals(all[1], socket.remoteAddress());
        assertEquals(0, clock.nanoTime());
        SocketException none = leaving(0, () -> assertThrows(SocketException.class, () -> inTask(() ->
                StreamSocket.connecting(loop).from(at("127.0.0.7", 0)).connect(all[0]))));
        assertMessage(none, "127.0.0.7", "IPv4", "0:0:0:0:0:0:0:1");
        for (SocketAddress address : all) {
            for (String wildcard : List.of("0.0.0.0", "::")) {
                StreamSocket any = inTask(() -> StreamSocket.connecting(loop).from(at(wildcard, 0)).connect(address));
                assertEquals(address, any.remoteAddress());
            }
        }
    }

    @Test
    void aLocalAddressThatCannotBe() throws Exception {
        SocketAddress[] all = {listening(at("127.0.0.2", 0)), listening(at("127.0.0.3", 0))};
        BindFailedException failure = leaving(0, () -> assertThrows(BindFailedException.class, () -> inTask(() ->
                StreamSocket.connecting(loop).from(at("192.0.2.1", 0)).connect(all[0]))));
        assertMessage(failure, "bind on tcp:192.0.2.1:0", "EADDRNOTAVAIL");
        failure = leaving(0, () -> assertThrows(BindFailedException.class, () -> inTask(() ->
                StreamSocket.connecting(loop).from(all[0]).connectToAny(List.of(all)))));
        assertMessage(failure, "EADDRINUSE", Addresses.format(all[0]));
    }

    /** The file of a local Unix path goes with the socket, also if the connect fails. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLocalPath(boolean records) throws Exception {
        SocketAddress address = fresh(AddressKind.PATH);
        Path file = folder.resolve("mine");
        SocketAddress mine = UnixDomainSocketAddress.of(file);
        assertThrows(ConnectFailedException.class, () -> inTask(() -> connector(records).from(mine).connect(address)));
        assertFalse(Files.exists(file));
        try (AutoCloseable listener = records ? SeqpacketListener.bind(loop, address)
                : Listener.bind(loop, address)) {
            ByteSocket<?> socket = inTask(() -> connector(records).from(mine).connect(address));
            ByteSocket<?> accepted = listener instanceof Listener streams ? streams.tryAccept()
                    : ((SeqpacketListener) listener).tryAccept();
            assertEquals(mine, accepted.remoteAddress());
            assertTrue(Files.exists(file));
            socket.close();
            assertFalse(Files.exists(file));
        }
    }

    private Connector<? extends ByteSocket<?>> connector(boolean records) {
        return records ? SeqpacketSocket.connecting(loop) : StreamSocket.connecting(loop);
    }

    private static InetSocketAddress of(String ip) {
        return new InetSocketAddress(InetAddress.ofLiteral(ip), 80);
    }

    /** The addresses of a host name: RFC 8305, section 4. */
    @Test
    void order() {
        assertOrder("1.1.1.1 2.2.2.2 3.3.3.3", "1.1.1.1 2.2.2.2 3.3.3.3");
        assertOrder("1.1.1.1 2.2.2.2 3.3.3.3 ::1 ::2", "1.1.1.1 ::1 2.2.2.2 ::2 3.3.3.3");
        assertOrder("::1 ::2 ::3 1.1.1.1", "::1 1.1.1.1 ::2 ::3");
        assertOrder("::1 1.1.1.1 2.2.2.2 3.3.3.3", "::1 1.1.1.1 2.2.2.2 3.3.3.3");
        assertOrder("::1 1.1.1.1 ::2 2.2.2.2", "::1 1.1.1.1 ::2 2.2.2.2");
        assertOrder("::1", "::1");
    }

    private static void assertOrder(String found, String tried) {
        assertEquals(Stream.of(tried.split(" ")).map(ConnectorTest::of).toList(),
                ConnectOrder.byTurns(Stream.of(found.split(" ")).map(ConnectorTest::of).toList()));
    }

    /** Nagle's algorithm is off for connected and accepted sockets, unless the program wants it. */
    @ParameterizedTest
    @EnumSource(names = {"TCP", "TCP6"})
    void smallWritesGoAtOnce(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        for (StreamSocket end : pair) {
            assertTrue(end.getOption(StandardSocketOptions.TCP_NODELAY));
        }
        Listener listener = Listener.bind(loop, kind.fresh());
        SocketAddress address = listener.localAddress();
        StreamSocket nagling = inTask(() -> StreamSocket.connecting(loop)
                .option(StandardSocketOptions.TCP_NODELAY, false).connect(address));
        assertFalse(nagling.getOption(StandardSocketOptions.TCP_NODELAY));
        assertTrue(listener.tryAccept().getOption(StandardSocketOptions.TCP_NODELAY));
        listener.setOption(StandardSocketOptions.TCP_NODELAY, false);
        inTask(() -> StreamSocket.connect(loop, address));
        assertFalse(listener.tryAccept().getOption(StandardSocketOptions.TCP_NODELAY));
    }

    /** A listener of another program has Nagle's algorithm on; its connections here do not, until the program asks. */
    @Test
    void connectionsOfAnAdoptedListener() throws Exception {
        int number = RawSockets.bound(new RawAddress(Sockets.AF_INET, new byte[] {127, 0, 0, 1}, 0, 0),
                Sockets.SOCK_STREAM);
        RawSockets.check(Sockets.listen(number, 8));
        try (Listener listener = Listener.adopt(loop, number)) {
            SocketAddress address = listener.localAddress();
            inTask(() -> StreamSocket.connect(loop, address));
            inTask(() -> StreamSocket.connect(loop, address));
            assertFalse(listener.getOption(StandardSocketOptions.TCP_NODELAY), "others may have the listener, too");
            assertTrue(inTask(() -> listener.accept()).getOption(StandardSocketOptions.TCP_NODELAY));
            listener.setOption(StandardSocketOptions.TCP_NODELAY, false);
            assertFalse(inTask(() -> listener.accept()).getOption(StandardSocketOptions.TCP_NODELAY));
        }
    }
}
