package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.VirtualClock;
import io.stepoll.faults.FaultEcho.Style;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.Listener;
import io.stepoll.support.LogCapture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults in accept4(2): each client, a channel of the JDK, is accepted once whatever happens, and nothing spins. */
@Timeout(20)
class InjectedAcceptFaults extends FaultFixture {
    private static final int CLIENTS = 5;
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final int MOST_CALLS = 100_000;
    private static final Duration LONG = Duration.ofSeconds(10);

    /** The listener: a TCP one, a Unix one, an adopted Unix one. */
    enum Kind { TCP, UNIX, ADOPTED }

    @TempDir
    Path folder;

    private final VirtualClock clock = VirtualClock.create();
    private final ArrayDeque<SocketChannel> clients = new ArrayDeque<>();
    private SocketAddress address;
    private Descriptor listener;
    private int accepted;

    @BeforeEach
    void takeVirtualTime() throws Exception {
        loop.close();
        loop = EventLoop.builder().name("subject").clock(clock).open();
    }

    @AfterEach
    void leave() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
    }

    private static List<Arguments> cases(Fault... faults) {
        List<Arguments> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (Fault fault : faults) {
                all.add(Arguments.of(kind, Style.TASK, fault));
                all.add(Arguments.of(kind, Style.CALLBACK, fault));
            }
        }
        return all;
    }

    static List<Arguments> passedOver() {
        return cases(Fault.EINTR, Fault.EAGAIN, Fault.ECONNABORTED, Fault.EPROTO, Fault.EPERM, Fault.ENETDOWN,
                Fault.ENOPROTOOPT, Fault.EHOSTDOWN, Fault.ENONET, Fault.EHOSTUNREACH, Fault.ENETUNREACH);
    }

    static List<Arguments> exhausted() {
        return cases(Fault.EMFILE, Fault.ENFILE, Fault.ENOBUFS, Fault.ENOMEM);
    }

    static List<Arguments> refused() {
        return cases(Fault.EPERM, Fault.ENETDOWN);
    }

    static List<Arguments> styles() {
        return cases(Fault.EMFILE);
    }

    static List<Arguments> ownKinds() {
        return cases(Fault.NONE).stream().filter(one -> one.get()[0] != Kind.ADOPTED).toList();
    }

    private void listen(Kind kind) throws IOException {
        Listener bound = Listener.bind(loop, kind != Kind.TCP ? UnixDomainSocketAddress.of(folder.resolve("listener"))
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        address = bound.localAddress();
        listener = kind == Kind.ADOPTED ? loop.adopt(bound.descriptor().disown()) : bound.descriptor();
    }

    private void connect() throws IOException {
        clients.add(SocketChannel.open(address));
    }

    /** Sends a byte and the end to a client. Closes the listener after the last client that is expected. */
    private void serve(Descriptor client, int expected) throws IOException {
        assertEquals(1, client.tryWrite(ByteBuffer.allocate(1)));
        client.close();
        if (++accepted == expected) {
            listener.close();
        }
    }

    private void start(Style style, int expected) throws IOException {
        if (style == Style.TASK) {
            loop.spawn(() -> {
                while (accepted < expected) {
                    serve(listener.accept(), expected);
                }
            });
            return;
        }
        listener.handle(descriptor -> {
            Descriptor client = listener.tryAccept();
            if (client != null) {
                serve(client, expected);
            }
        }, true, false);
    }

    private void assertEachWasServed() throws IOException {
        for (SocketChannel client : clients) {
            ByteBuffer bytes = ByteBuffer.allocate(2);
            assertEquals(1, client.read(bytes));
            assertEquals(-1, client.read(bytes));
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("passedOver")
    void aFailureOfOneConnectionIsPassedOver(Kind kind, Style style, Fault fault) throws Exception {
        listen(kind);
        Fault.Rule rule = fault.on("accept4", listener.fd(), 0, 2, Integer.MAX_VALUE);
        for (int i = 0; i < CLIENTS; i++) {
            connect();
        }
        start(style, CLIENTS);
        loop.runUntilDone();
        assertEachWasServed();
        assertEquals(CLIENTS, rule.hits());
        assertEquals(2 * CLIENTS, rule.calls(), "every second call failed, and no further call was made");
        assertEquals(0, clock.nanoTime(), "the loop has slept");
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("exhausted")
    void withoutResourcesTheListenerWaits(Kind kind, Style style, Fault fault) throws Exception {
        listen(kind);
        Fault.Rule rule = fault.on("accept4", listener.fd(), 1, 1, 6);
        for (int i = 0; i < CLIENTS; i++) {
            connect();
        }
        start(style, CLIENTS);
        long polls = Loop.of(loop).poller().polls();
        loop.runUntilDone();
        assertEachWasServed();
        assertEquals(CLIENTS + 6, rule.calls());
        assertTrue(clock.nanoTime() > 0 && clock.nanoTime() < LONG.toNanos(), "slept " + clock.nanoTime() + " ns");
        long polled = Loop.of(loop).poller().polls() - polls; // a jump of the virtual clock takes several
        assertTrue(polled <= 60, () -> polled + " polls");
    }

    /** A filter of system calls, or a firewall, refuses each accept: the listener tries seldom, and says so once. */
    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("refused")
    void aRefusalThatStaysDoesNotMakeTheListenerSpin(Kind kind, Style style, Fault fault) throws Exception {
        listen(kind);
        Fault.Rule rule = fault.first(MOST_CALLS, "accept4", listener.fd()); // the listener may give up afterwards
        for (int i = 0; i < CLIENTS; i++) {
            connect();
        }
        try (LogCapture log = new LogCapture()) {
            start(style, CLIENTS);
            loop.callLater(LONG, loop::stop);
            loop.run();
            int calls = rule.calls();
            assertTrue(calls >= 10 && calls <= LONG.toMillis() / 320 + 32, calls + " calls in 10 s");
            assertEquals(1, log.messages().size(), log.messages()::toString);
            assertTrue(log.messages().getFirst().contains(fault.name()), log.messages()::toString);
        }
        Fault.clear();
        loop.runUntilDone();
        assertEachWasServed();
    }

    /** Clients that come while resources are missing do not make the listener try more often. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("styles")
    void arrivalsDoNotMakeTheListenerSpin(Kind kind, Style style, Fault fault) throws Exception {
        listen(kind);
        Fault.Rule rule = fault.first(Integer.MAX_VALUE, "accept4", listener.fd());
        start(style, 40);
        for (int i = 0; i < 40; i++) {
            connect();
            loop.step(false);
            clock.advance(PAUSE);
        }
        int before = rule.calls();
        boolean[] over = new boolean[1];
        loop.callLater(LONG, () -> over[0] = true);
        while (!over[0]) {
            loop.step(true);
        }
        int calls = rule.calls() - before;
        assertTrue(calls >= 10 && calls <= LONG.toMillis() / 320 + 2, calls + " calls in 10 s");
        Fault.clear();
        loop.runUntilDone();
        assertEachWasServed();
    }

    /**
     * Clients that come one by one cost one accept4(2) each. A call for nothing would not be cheap: the kernel makes a
     * whole socket before it finds that no client waits.
     */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("ownKinds")
    void eachClientCostsOneAccept(Kind kind, Style style) throws Exception {
        listen(kind);
        start(style, CLIENTS);
        loop.step(false);
        Fault.Rule accepts = Fault.count("accept4", listener.fd());
        Fault.Rule options = Fault.count("setsockopt", Fault.ANY);
        for (int i = 1; i <= CLIENTS; i++) {
            connect();
            while (accepted < i) {
                loop.step(true);
            }
            loop.step(false);
            loop.step(false);
        }
        assertEachWasServed();
        assertEquals(CLIENTS, accepts.calls());
        assertEquals(0, options.calls(), "connections inherit their options");
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(value = Fault.class, names = {"ENOSPC", "ENOMEM"})
    void aConnectionThatEpollRefusesIsClosed(Fault fault) throws Exception {
        listen(Kind.UNIX);
        connect();
        connect();
        Fault.Rule rule = fault.first(1, "epoll_ctl add", Fault.ANY);
        inTask(() -> {
            assertFailure("epoll_ctl", fault, assertThrows(IOException.class, () -> listener.accept()));
            serve(listener.accept(), 1);
        });
        assertEquals(1, rule.hits());
        try (SocketChannel lost = clients.removeFirst()) {
            assertEquals(-1, lost.read(ByteBuffer.allocate(1)), "the connection is closed");
        }
        assertEachWasServed();
    }
}
