package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.FaultEcho.Style;
import io.stepoll.net.Listener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
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

/** Faults in accept4(2): each client, of the JDK's, is accepted once, whatever happens, and nothing spins. */
@Timeout(20)
class InjectedAcceptFaults extends FaultFixture {
    private static final int CLIENTS = 5;
    private static final long LONG_NANOS = 10_000_000_000L;

    /** What listens. */
    enum Kind { TCP, UNIX, ADOPTED }

    @TempDir
    Path folder;

    private final VirtualClock clock = new VirtualClock();
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

    static List<Arguments> styles() {
        return cases(Fault.EMFILE);
    }

    private void listen(Kind kind) throws IOException {
        Listener bound = Listener.bind(loop, kind != Kind.TCP ? UnixDomainSocketAddress.of(folder.resolve("listener"))
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        address = bound.localAddress();
        listener = kind == Kind.ADOPTED ? loop.adopt(loop.disown(bound.descriptor())) : bound.descriptor();
    }

    private void connect() throws IOException {
        clients.add(SocketChannel.open(address));
    }

    /** Each gets a byte and the end. After so many it listens no more. */
    private void serve(Descriptor client, int expected) throws IOException {
        assertEquals(1, client.sendNow(ByteBuffer.allocate(1)));
        client.close();
        if (++accepted == expected) {
            listener.close();
        }
    }

    private void start(Style style, int expected) throws IOException {
        if (style == Style.TASK) {
            loop.spawn(() -> {
                while (accepted < expected) {
                    serve(listener.accept(EventLoop.NO_DEADLINE), expected);
                }
                return null;
            });
            return;
        }
        listener.handle(descriptor -> {
            Descriptor client = listener.acceptNow();
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
    void whatConcernsOneConnectionIsPassedOver(Kind kind, Style style, Fault fault) throws Exception {
        listen(kind);
        Fault.Rule spoiled = fault.on("accept4", listener.fd(), 0, 2, Integer.MAX_VALUE);
        for (int i = 0; i < CLIENTS; i++) {
            connect();
        }
        start(style, CLIENTS);
        loop.runUntilDone();
        assertEachWasServed();
        assertEquals(CLIENTS, spoiled.given());
        assertEquals(2 * CLIENTS, spoiled.seen(), "each second call was spoiled, and no further one was made");
        assertEquals(0, clock.nanoTime(), "nobody has slept");
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("exhausted")
    void outOfResourcesItWaits(Kind kind, Style style, Fault fault) throws Exception {
        listen(kind);
        Fault.Rule spoiled = fault.on("accept4", listener.fd(), 1, 1, 6);
        for (int i = 0; i < CLIENTS; i++) {
            connect();
        }
        start(style, CLIENTS);
        long polls = loop.reactor().poller.polls();
        loop.runUntilDone();
        assertEachWasServed();
        assertEquals(CLIENTS + 6, spoiled.seen());
        assertTrue(clock.nanoTime() > 0 && clock.nanoTime() < LONG_NANOS, "slept " + clock.nanoTime() + " ns");
        assertTrue(loop.reactor().poller.polls() - polls <= 40, "asked too often");
    }

    /** Those who come while there is nothing for them do not make it look for more more often. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("styles")
    void arrivalsDoNotMakeItSpin(Kind kind, Style style, Fault fault) throws Exception {
        listen(kind);
        Fault.Rule spoiled = fault.first(Integer.MAX_VALUE, "accept4", listener.fd());
        start(style, 40);
        for (int i = 0; i < 40; i++) {
            connect();
            loop.step(false);
            clock.advance(10_000_000);
        }
        int before = spoiled.seen();
        boolean[] over = new boolean[1];
        loop.callLater(LONG_NANOS, () -> over[0] = true);
        while (!over[0]) {
            loop.step(true);
        }
        int looks = spoiled.seen() - before;
        assertTrue(looks >= 10 && looks <= LONG_NANOS / 320_000_000 + 2, looks + " looks in 10 s");
        Fault.clear();
        loop.runUntilDone();
        assertEachWasServed();
    }

    /** accept4(2) makes a whole socket before it says that nobody waits: one by one each client costs one call. */
    @ParameterizedTest(name = "{0}")
    @EnumSource(value = Style.class, names = {"TASK", "CALLBACK"})
    void isNotCalledInVain(Style style) throws Exception {
        listen(Kind.TCP);
        start(style, CLIENTS);
        loop.step(false);
        Fault.Rule asked = Fault.count("accept4", listener.fd());
        for (int i = 1; i <= CLIENTS; i++) {
            connect();
            while (accepted < i) {
                loop.step(true);
            }
            loop.step(false);
            loop.step(false);
        }
        assertEachWasServed();
        assertEquals(CLIENTS, asked.seen());
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(value = Fault.class, names = {"ENOSPC", "ENOMEM"})
    void notOntoEpoll(Fault fault) throws Exception {
        listen(Kind.UNIX);
        connect();
        connect();
        Fault.Rule spoiled = fault.first(1, "epoll_ctl add", Fault.ANY);
        inTask(() -> {
            IOException failure = assertThrows(IOException.class, () -> listener.accept(EventLoop.NO_DEADLINE));
            assertEquals(fault.errno(), assertInstanceOf(SystemCallFailure.class, failure).errno());
            assertEquals("epoll_ctl", ((SystemCallFailure) failure).failedCall().call());
            serve(listener.accept(EventLoop.NO_DEADLINE), 1);
            return null;
        });
        assertEquals(1, spoiled.given());
        try (SocketChannel lost = clients.removeFirst()) {
            assertEquals(-1, lost.read(ByteBuffer.allocate(1)), "closed, and not forgotten");
        }
        assertEachWasServed();
    }
}
