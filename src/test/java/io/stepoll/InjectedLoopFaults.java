package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DescriptorLeaks.Snapshot;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults in what the loop itself calls, and in what makes descriptors, connects, passes and closes them. */
@Timeout(20)
class InjectedLoopFaults extends FaultFixture {
    private static final String TCP = "tcp:127.0.0.1:0";
    private static final long REST_NANOS = 30_000_000;

    /** What makes descriptors. All of them end on a loop or are closed. */
    enum Maker {
        LOOP {
            @Override
            void make(EventLoop loop) throws IOException {
                EventLoop.open().close();
            }
        },
        LISTENER_TCP {
            @Override
            void make(EventLoop loop) throws IOException {
                Listener.bind(loop, Addresses.parse(TCP)).close();
            }
        },
        LISTENER_UNIX {
            @Override
            void make(EventLoop loop) throws IOException {
                Listener.bind(loop, Addresses.parse(fresh())).close();
            }
        },
        CONNECTION {
            @Override
            void make(EventLoop loop) throws IOException {
                StreamSocket.connect(loop, listening.localAddress()).close();
            }
        },
        STREAM_PAIR {
            @Override
            void make(EventLoop loop) throws IOException {
                for (StreamSocket socket : StreamSocket.pair(loop)) {
                    socket.close();
                }
            }
        },
        DATAGRAMS {
            @Override
            void make(EventLoop loop) throws IOException {
                DatagramEndpoint.bind(loop, Addresses.parse(fresh())).close();
            }
        },
        DATAGRAM_PAIR {
            @Override
            void make(EventLoop loop) throws IOException {
                for (DatagramEndpoint endpoint : DatagramEndpoint.pair(loop)) {
                    endpoint.close();
                }
            }
        };

        private static Listener listening;

        abstract void make(EventLoop loop) throws IOException;
    }

    private static String fresh() {
        return "unix:@stepoll-faults-" + UUID.randomUUID();
    }

    static List<Arguments> makings() {
        List<Arguments> all = new ArrayList<>();
        for (Fault fault : List.of(Fault.EMFILE, Fault.ENFILE, Fault.ENOMEM, Fault.ENOBUFS)) {
            for (Maker maker : List.of(Maker.LISTENER_TCP, Maker.LISTENER_UNIX, Maker.CONNECTION, Maker.DATAGRAMS)) {
                all.add(Arguments.of(maker, "socket", fault, 0));
            }
            for (Maker maker : List.of(Maker.STREAM_PAIR, Maker.DATAGRAM_PAIR)) {
                all.add(Arguments.of(maker, "socketpair", fault, 0));
            }
        }
        for (Fault fault : List.of(Fault.EMFILE, Fault.ENFILE, Fault.ENOMEM)) {
            all.add(Arguments.of(Maker.LOOP, "epoll_create1", fault, 0));
            all.add(Arguments.of(Maker.LOOP, "eventfd", fault, 0));
        }
        for (Fault fault : List.of(Fault.ENOSPC, Fault.ENOMEM)) {
            for (Maker maker : Maker.values()) {
                all.add(Arguments.of(maker, "epoll_ctl add", fault, 0));
            }
            all.add(Arguments.of(Maker.STREAM_PAIR, "epoll_ctl add", fault, 1));
            all.add(Arguments.of(Maker.DATAGRAM_PAIR, "epoll_ctl add", fault, 1));
        }
        all.add(Arguments.of(Maker.LISTENER_UNIX, "bind", Fault.ENOMEM, 0));
        all.add(Arguments.of(Maker.DATAGRAMS, "bind", Fault.ENOMEM, 0));
        all.add(Arguments.of(Maker.LISTENER_TCP, "setsockopt", Fault.ENOBUFS, 0));
        all.add(Arguments.of(Maker.CONNECTION, "connect", Fault.ENOBUFS, 0));
        return all;
    }

    /** It says what failed, leaves nothing behind, and can be done again. */
    @ParameterizedTest(name = "{0} {1} {2} after {3}")
    @MethodSource("makings")
    void aDescriptorThatIsNotMade(Maker maker, String call, Fault fault, int after) throws Exception {
        Callable<Void> making = () -> {
            refusedThenMade(maker, call, fault, after);
            return null;
        };
        if (maker == Maker.LOOP) {
            making.call(); // which no task may do
        } else {
            inTask(making);
        }
    }

    private void refusedThenMade(Maker maker, String call, Fault fault, int after) throws IOException {
        Maker.listening = Listener.bind(loop, Addresses.parse(fresh()));
        Snapshot open = DescriptorLeaks.open();
        Fault.Rule spoiled = fault.on(call, Fault.ANY, after, 1, 1);
        IOException failure = assertThrows(IOException.class, () -> maker.make(loop));
        assertEquals(1, spoiled.given());
        SystemCallFailure.FailedCall failed = assertInstanceOf(SystemCallFailure.class, failure).failedCall();
        assertEquals(call.split(" ")[0], failed.call());
        assertEquals(fault.errno(), failed.errno());
        assertEquals(fault.name(), failed.errnoName());
        assertTrue(!failed.address().isBlank() && failure.getMessage().contains(failed.address()));
        assertEquals(List.of(), DescriptorLeaks.difference(open));
        maker.make(loop);
        Maker.listening.close();
    }

    /** However often a sleep is interrupted, it is as long as it was to be, and no longer asked for than that. */
    @Test
    void interruptedSleep() throws Exception {
        Fault.Rule sleeps = Fault.EINTR.first(5, "epoll_pwait2", loop.fd());
        Fault.Rule looks = Fault.count("epoll_wait", loop.fd());
        long slept = inTask(() -> {
            long before = loop.reactor().clock.nanoTime();
            loop.sleep(REST_NANOS);
            return loop.reactor().clock.nanoTime() - before;
        });
        assertTrue(slept >= REST_NANOS, "slept " + slept + " ns");
        assertEquals(6, sleeps.seen());
        assertTrue(looks.seen() <= 2, looks.seen() + " looks without a sleep");
    }

    /** A look that was interrupted has found nothing; what is ready is found by the next. */
    @Test
    void interruptedLook() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        Task<Integer> reader = loop.spawn(() -> loop.recv(socket, ByteBuffer.allocate(8)));
        loop.step(false);
        RawSockets.send(ends[1], 3);
        Fault.Rule spoiled = Fault.EINTR.first(2, "epoll_wait", loop.fd());
        loop.step(false);
        loop.step(false);
        assertEquals(2, spoiled.given());
        loop.step(false);
        assertEquals(3, reader.join());
        RawSockets.close(ends[1]);
    }

    /** One event at a time: all come in the end. */
    @Test
    void fewEventsAtATime() throws Exception {
        Fault.Rule spoiled = Fault.SHORT.first(Integer.MAX_VALUE, "epoll_wait", loop.fd());
        List<Integer> peers = new ArrayList<>();
        List<Task<Integer>> readers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int[] ends = RawSockets.pair();
            Descriptor socket = i % 2 == 0 ? loop.own(ends[0]) : loop.adopt(ends[0]);
            readers.add(loop.spawn(() -> loop.recv(socket, ByteBuffer.allocate(80))));
            peers.add(ends[1]);
        }
        loop.step(false);
        for (int i = 0; i < 10; i++) {
            RawSockets.send(peers.get(i), 1 + i);
        }
        loop.runUntilDone();
        for (int i = 0; i < 10; i++) {
            assertEquals(1 + i, readers.get(i).join());
            RawSockets.close(peers.get(i));
        }
        assertTrue(spoiled.given() >= 10 && spoiled.given() <= 30, spoiled.given() + " polls");
    }

    /** An event with nothing behind it: one call finds that out. */
    @ParameterizedTest
    @EnumSource(FaultsTest.Way.class)
    void eventForNothing(FaultsTest.Way way) throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = way.take(loop, ends[0]);
        Task<Integer> reader = loop.spawn(() -> loop.recv(socket, ByteBuffer.allocate(8)));
        loop.step(false);
        Fault.Rule reads = Fault.count(way == FaultsTest.Way.OWN ? "recvmsg" : "recv", ends[0]);
        Fault.Rule spurious = Fault.SPURIOUS_EVENT.on("epoll_wait", loop.fd(), ends[0], 0, 1, 3);
        for (int i = 0; i < 5; i++) {
            loop.step(false);
        }
        assertEquals(3, spurious.given());
        assertEquals(3, reads.seen());
        RawSockets.send(ends[1], 5);
        loop.runUntilDone();
        assertEquals(5, reader.join());
        assertEquals(4, reads.seen());
        RawSockets.close(ends[1]);
    }

    /** The write that ends the loop's sleep is not lost to a signal. */
    @Test
    void interruptedWakeUp() throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            Fault.Rule spoiled = Fault.EINTR.on("eventfd write", Fault.ANY, 0, 2, 20);
            for (int i = 0; i < 20; i++) {
                int value = i;
                assertEquals(i, running.call(() -> value));
            }
            assertTrue(spoiled.given() >= 1, "nothing was spoiled");
        }
    }

    /** The descriptor is closed all the same; once more would close another's. */
    @Test
    void interruptedClose() throws Exception {
        Snapshot open = DescriptorLeaks.open();
        StreamSocket[] pair = StreamSocket.pair(loop);
        Fault.Rule spoiled = Fault.EINTR.first(2, "close", Fault.ANY);
        pair[0].close();
        pair[1].close();
        pair[1].close();
        assertEquals(2, spoiled.seen());
        assertEquals(2, spoiled.given());
        assertEquals(List.of(), DescriptorLeaks.difference(open));
    }

    /** It goes on by itself, and is not asked for again. */
    @ParameterizedTest
    @EnumSource(value = Fault.class, names = {"EINTR", "EAGAIN"})
    void interruptedConnect(Fault fault) throws Exception {
        for (String address : List.of(TCP, fresh())) {
            inTask(() -> {
                try (Listener listener = Listener.bind(loop, Addresses.parse(address))) {
                    Fault.Rule spoiled = fault.first(3, "connect", Fault.ANY);
                    try (StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
                            StreamSocket server = listener.accept()) {
                        assertEquals(fault == Fault.EINTR ? 1 : 4, spoiled.seen());
                        client.write(ByteBuffer.allocate(3));
                        assertEquals(3, server.read(ByteBuffer.allocate(8)));
                    }
                    Fault.clear();
                }
                return null;
            });
        }
    }

    static List<Arguments> passings() {
        List<Arguments> all = new ArrayList<>();
        for (String call : List.of("sendmsg", "recvmsg")) {
            all.add(Arguments.of(call, Fault.EINTR));
            all.add(Arguments.of(call, Fault.EAGAIN));
            all.add(Arguments.of(call, Fault.SHORT));
        }
        return all;
    }

    /** Descriptors come along once, with the first of the bytes. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("passings")
    void passing(String call, Fault fault) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Fault.Rule spoiled = fault.first(2, call, pair[call.equals("sendmsg") ? 0 : 1].descriptor().fd());
        inTask(() -> {
            ByteBuffer source = ByteBuffer.wrap(new byte[] {1, 2, 3, 4});
            pair[0].writePassing(source, pair[0].descriptor().fd(), pair[1].descriptor().fd());
            pair[0].write(source);
            pair[0].shutdownOutput();
            ByteBuffer target = ByteBuffer.allocate(8);
            List<Integer> passed = new ArrayList<>();
            while (pair[1].readPassed(target, passed::add) >= 0) {
                assertEquals(2, passed.size());
            }
            assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), target.flip());
            passed.forEach(RawSockets::close);
            return null;
        });
        assertTrue(spoiled.given() >= 1);
    }

    /** Out of descriptors the kernel cuts off what does not fit: none is kept, the bytes are, the next come whole. */
    @Test
    void passedDescriptorsThatAreCutOff() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Snapshot open = DescriptorLeaks.open();
        Fault.Rule spoiled = Fault.CUT_OFF.first(1, "recvmsg", pair[1].descriptor().fd());
        inTask(() -> {
            int fd = pair[0].descriptor().fd();
            List<Integer> passed = new ArrayList<>();
            ByteBuffer target = ByteBuffer.allocate(8);
            pair[0].writePassing(ByteBuffer.allocate(3), fd, fd, fd);
            IOException failure = assertThrows(IOException.class, () -> pair[1].readPassed(target, passed::add));
            assertTrue(failure.getMessage().contains("more descriptors were passed"), failure.getMessage());
            assertEquals(3, target.position());
            assertEquals(List.of(), passed);
            assertEquals(List.of(), DescriptorLeaks.difference(open));
            pair[0].writePassing(ByteBuffer.allocate(2), fd, fd, fd);
            assertEquals(2, pair[1].readPassed(target, passed::add));
            assertEquals(3, passed.size());
            passed.forEach(RawSockets::close);
            return null;
        });
        assertEquals(1, spoiled.given());
    }

    /** A wait that cannot begin says so, and the next one can. */
    @Test
    void waitThatEpollRefuses() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Descriptor adopted = loop.adopt(loop.disown(pair[1].descriptor()));
        Fault.Rule spoiled = Fault.ENOMEM.first(1, "epoll_ctl mod", adopted.fd());
        inTask(() -> {
            ByteBuffer target = ByteBuffer.allocate(8);
            IOException failure = assertThrows(IOException.class, () -> loop.recv(adopted, target));
            assertTrue(failure.getMessage().startsWith("epoll_ctl on ") && failure.getMessage().contains("ENOMEM"),
                    failure.getMessage());
            loop.spawn(() -> pair[0].write(ByteBuffer.allocate(5)));
            assertEquals(5, loop.recv(adopted, target));
            return null;
        });
        assertEquals(1, spoiled.given());
    }

    /** A handler that cannot be set is not set. */
    @Test
    void handlerThatEpollRefuses() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Descriptor socket = pair[0].descriptor();
        List<String> calls = new ArrayList<>();
        ReadinessHandler handler = new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                calls.add("read " + descriptor.recvNow(ByteBuffer.allocate(8)));
                descriptor.handle(null, false, false);
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                calls.add("writable");
                descriptor.handle(this, true, false);
            }
        };
        Fault.Rule spoiled = Fault.ENOMEM.first(1, "epoll_ctl mod", socket.fd());
        assertThrows(IOException.class, () -> socket.handle(handler, true, true));
        assertEquals(1, spoiled.given());
        assertTrue(loop.step(false).done(), "nobody waits");
        pair[1].descriptor().sendNow(ByteBuffer.allocate(6));
        loop.step(false);
        assertEquals(List.of(), calls);
        socket.handle(handler, false, true);
        loop.runUntilDone();
        assertEquals(List.of("writable", "read 6"), calls);
    }
}
