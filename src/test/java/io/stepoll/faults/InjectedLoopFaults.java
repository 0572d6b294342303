package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.ChildProcess;
import io.stepoll.DeadlineExceededException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.HangUp;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.LinuxSocketOptions;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.DescriptorLeaks.Snapshot;
import io.stepoll.support.Emulator;
import io.stepoll.support.RawSockets;
import io.stepoll.support.RunningLoop;
import io.stepoll.support.StreamKind;
import io.stepoll.support.Way;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults in the loop's own system calls, and in those that make, connect, pass and close descriptors. */
@Timeout(20)
class InjectedLoopFaults extends FaultFixture {
    private static final Duration REST = Duration.ofMillis(30);

    /** Each makes descriptors and closes them. */
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
                Listener.bind(loop, StreamKind.TCP.fresh()).close();
            }
        },
        LISTENER_UNIX {
            @Override
            void make(EventLoop loop) throws IOException {
                Listener.bind(loop, StreamKind.UNIX.fresh()).close();
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
                DatagramEndpoint.bind(loop, StreamKind.UNIX.fresh()).close();
            }
        },
        DATAGRAM_PAIR {
            @Override
            void make(EventLoop loop) throws IOException {
                for (DatagramEndpoint endpoint : DatagramEndpoint.pair(loop)) {
                    endpoint.close();
                }
            }
        },
        PROCESS {
            @Override
            void make(EventLoop loop) throws IOException {
                try {
                    loop.startProcess(new ProcessBuilder("cat")).close(); // lives until its input ends
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        };

        private static Listener listening;

        abstract void make(EventLoop loop) throws IOException;
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
        for (Fault fault : List.of(Fault.EMFILE, Fault.ENFILE)) {
            all.add(Arguments.of(Maker.PROCESS, "pipe2", fault, 0));
            all.add(Arguments.of(Maker.PROCESS, "pipe2", fault, 2));
        }
        for (Fault fault : List.of(Fault.EMFILE, Fault.ENFILE, Fault.ENOMEM)) {
            all.add(Arguments.of(Maker.PROCESS, "pidfd_open", fault, 0));
        }
        for (Fault fault : List.of(Fault.ENOSPC, Fault.ENOMEM)) {
            for (Maker maker : Maker.values()) {
                all.add(Arguments.of(maker, "epoll_ctl add", fault, 0));
            }
            all.add(Arguments.of(Maker.STREAM_PAIR, "epoll_ctl add", fault, 1));
            all.add(Arguments.of(Maker.DATAGRAM_PAIR, "epoll_ctl add", fault, 1));
            all.add(Arguments.of(Maker.PROCESS, "epoll_ctl add", fault, 2));
            all.add(Arguments.of(Maker.PROCESS, "epoll_ctl add", fault, 3));
        }
        all.add(Arguments.of(Maker.LISTENER_UNIX, "bind", Fault.ENOMEM, 0));
        all.add(Arguments.of(Maker.DATAGRAMS, "bind", Fault.ENOMEM, 0));
        all.add(Arguments.of(Maker.LISTENER_TCP, "setsockopt", Fault.ENOBUFS, 0));
        all.add(Arguments.of(Maker.CONNECTION, "connect", Fault.ENOBUFS, 0));
        return all;
    }

    /** The failure names the call. Nothing is left behind, and the next try succeeds. */
    @ParameterizedTest(name = "{0} {1} {2} after {3}")
    @MethodSource("makings")
    void aFailedCreationLeavesNothingBehind(Maker maker, String call, Fault fault, int after) throws Exception {
        if (maker == Maker.LOOP) {
            failThenMake(maker, call, fault, after); // not in a task: a task must not open a loop
        } else {
            inTask(() -> failThenMake(maker, call, fault, after));
        }
    }

    private void failThenMake(Maker maker, String call, Fault fault, int after) throws Exception {
        Maker.listening = Listener.bind(loop, StreamKind.UNIX.fresh());
        Snapshot open = DescriptorLeaks.open();
        Fault.Rule rule = fault.on(call, Fault.ANY, after, 1, 1);
        IOException failure = assertThrows(IOException.class, () -> maker.make(loop));
        assertEquals(1, rule.hits());
        assertFailure(call.split(" ")[0], fault, failure);
        assertEquals(List.of(), DescriptorLeaks.leftSince(open));
        maker.make(loop);
        Maker.listening.close();
    }

    /** A filter of system calls refuses the descriptor of a process's end: the task waits for it by the JDK. */
    @Test
    void theEndOfAProcessWithoutADescriptorForIt() throws Exception {
        Fault.Rule refused = Fault.EPERM.first(1, "pidfd_open", Fault.ANY);
        assertEquals(7, inTask(() -> {
            try (ChildProcess process = loop.startProcess(new ProcessBuilder("sh", "-c", "read line; exit 7"))) {
                assertThrows(DeadlineExceededException.class, () -> loop.within(REST, process::awaitEnd));
                process.input().close();
                return process.awaitEnd();
            }
        }));
        assertEquals(1, refused.hits());
    }

    /** Without the descriptor of a process, TERM and KILL go by the JDK, and no other signal goes. */
    @Test
    void signalsToAProcessWithoutADescriptorForIt() throws Exception {
        Fault.EPERM.first(2, "pidfd_open", Fault.ANY);
        inTask(() -> {
            for (String signal : List.of("TERM", "KILL")) {
                try (ChildProcess process = loop.startProcess(new ProcessBuilder("sleep", "600"))) {
                    assertInstanceOf(SystemCallFailure.class,
                            assertThrows(IOException.class, () -> process.signal("HUP")));
                    assertTrue(process.signal(signal));
                    assertEquals(signal.equals("TERM") ? 143 : 137, process.awaitEnd());
                }
            }
            return null;
        });
    }

    /** The kernel refuses the signal: the exception names the call, and the process goes on. */
    @Test
    void aSignalThatTheKernelRefuses() throws Exception {
        Fault.Rule refused = Fault.EPERM.first(1, "pidfd_send_signal", Fault.ANY);
        inTask(() -> {
            try (ChildProcess process = loop.startProcess(new ProcessBuilder("sleep", "600"))) {
                IOException failure = assertThrows(IOException.class, () -> process.signal("TERM"));
                assertFailure("pidfd_send_signal", Fault.EPERM, failure);
                assertTrue(process.process().isAlive());
                assertTrue(process.signal("KILL"));
                assertEquals(137, process.awaitEnd());
            }
            return null;
        });
        assertEquals(1, refused.hits());
    }

    /** However often signals interrupt a sleep, it lasts as long as it should, and each interrupt costs one call. */
    @Test
    void anInterruptedSleepLastsAsLongAsAsked() throws Exception {
        Emulator.assumeNone("it has no epoll_pwait2");
        Fault.Rule sleeps = Fault.EINTR.first(5, "epoll_pwait2", loop.fd());
        Fault.Rule pollsWithoutSleep = Fault.count("epoll_wait", loop.fd());
        Duration rest = Duration.ofSeconds(1); // a slow machine needs some of it for the calls that are interrupted
        long slept = inTask(() -> {
            long before = System.nanoTime();
            loop.sleep(rest);
            return System.nanoTime() - before;
        });
        assertTrue(slept >= rest.toNanos(), "slept " + slept + " ns");
        assertEquals(6, sleeps.calls());
        assertTrue(pollsWithoutSleep.calls() <= 2, pollsWithoutSleep.calls() + " polls without a sleep");
    }

    /** An interrupted poll finds nothing. The next poll finds what is ready. */
    @Test
    void anInterruptedPollLosesNoEvent() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        Task<Integer> reader = loop.spawn(() -> socket.read(ByteBuffer.allocate(8)));
        loop.step(false);
        RawSockets.send(ends[1], 3);
        Fault.Rule rule = Fault.EINTR.first(2, "epoll_wait", loop.fd());
        loop.step(false);
        loop.step(false);
        assertEquals(2, rule.hits());
        loop.step(false);
        assertEquals(3, reader.join());
        RawSockets.close(ends[1]);
    }

    /** epoll reports one event at a time: all come in the end. */
    @Test
    void eventsThatComeOneByOneAllArrive() throws Exception {
        Fault.Rule rule = Fault.SHORT.first(Integer.MAX_VALUE, "epoll_wait", loop.fd());
        List<Integer> peers = new ArrayList<>();
        List<Task<Integer>> readers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int[] ends = RawSockets.pair();
            Descriptor socket = i % 2 == 0 ? loop.own(ends[0]) : loop.adopt(ends[0]);
            readers.add(loop.spawn(() -> socket.read(ByteBuffer.allocate(80))));
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
        assertTrue(rule.hits() >= 10 && rule.hits() <= 30, rule.hits() + " polls");
    }

    /** An event of a descriptor that is not ready costs one call. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void aSpuriousEventCostsOneRead(Way way) throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = way.take(loop, ends[0]);
        Task<Integer> reader = loop.spawn(() -> socket.read(ByteBuffer.allocate(8)));
        loop.step(false);
        Fault.Rule reads = Fault.count(way == Way.OWN ? "recvmsg" : "recv", ends[0]);
        Fault.Rule spurious = Fault.SPURIOUS_EVENT.on("epoll_wait", loop.fd(), ends[0], 0, 1, 3);
        for (int i = 0; i < 5; i++) {
            loop.step(false);
        }
        assertEquals(3, spurious.hits());
        assertEquals(3, reads.calls());
        RawSockets.send(ends[1], 5);
        loop.runUntilDone();
        assertEquals(5, reader.join());
        assertEquals(4, reads.calls());
        RawSockets.close(ends[1]);
    }

    /** A signal does not lose the write that ends the loop's sleep. */
    @Test
    void anInterruptedWakeUpIsNotLost() throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            Fault.Rule rule = Fault.EINTR.on("eventfd write", Fault.ANY, 0, 2, 20);
            for (int i = 0; i < 20; i++) {
                int value = i;
                assertEquals(i, running.call(() -> value));
            }
            assertTrue(rule.hits() >= 1, "no fault");
        }
    }

    /** An interrupted close(2) has closed the descriptor; a second one would close a descriptor of somebody else. */
    @Test
    void anInterruptedCloseIsNotRepeated() throws Exception {
        Snapshot open = DescriptorLeaks.open();
        StreamSocket[] pair = StreamSocket.pair(loop);
        Fault.Rule rule = Fault.EINTR.first(2, "close", Fault.ANY);
        pair[0].close();
        pair[1].close();
        pair[1].close();
        assertEquals(2, rule.calls());
        assertEquals(2, rule.hits());
        assertEquals(List.of(), DescriptorLeaks.leftSince(open));
    }

    /** An interrupted connect(2) goes on by itself, so it is not called again. After EAGAIN it is. */
    @ParameterizedTest
    @EnumSource(value = Fault.class, names = {"EINTR", "EAGAIN"})
    void anInterruptedConnectGoesOn(Fault fault) throws Exception {
        for (StreamKind kind : List.of(StreamKind.TCP, StreamKind.UNIX)) {
            inTask(() -> {
                try (Listener listener = Listener.bind(loop, kind.fresh())) {
                    Fault.Rule rule = fault.first(3, "connect", Fault.ANY);
                    try (StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
                            StreamSocket server = listener.accept()) {
                        assertEquals(fault == Fault.EINTR ? 1 : 4, rule.calls());
                        client.write(ByteBuffer.allocate(3));
                        assertEquals(3, server.read(ByteBuffer.allocate(8)));
                    }
                    Fault.clear();
                }
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

    /** Descriptors are passed once, with the first byte. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("passings")
    void descriptorsArePassedOnce(String call, Fault fault) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        pair[1].setOption(LinuxSocketOptions.SO_PASSRIGHTS, true);
        Fault.Rule rule = fault.first(2, call, pair[call.equals("sendmsg") ? 0 : 1].descriptor().fd());
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
        });
        assertTrue(rule.hits() >= 1);
    }

    /**
     * Where the process runs out of descriptors, the kernel drops some of those that were passed. Then none of them is
     * kept, the bytes are, and the next descriptors come whole.
     */
    @Test
    void passedDescriptorsThatTheKernelDropsAreReported() throws Exception {
        Emulator.assumeNone("it takes all descriptors of a message, and then drops some and leaves them open");
        StreamSocket[] pair = StreamSocket.pair(loop);
        pair[1].setOption(LinuxSocketOptions.SO_PASSRIGHTS, true);
        Snapshot open = DescriptorLeaks.open();
        Fault.Rule rule = Fault.CUT_OFF.first(1, "recvmsg", pair[1].descriptor().fd());
        inTask(() -> {
            int fd = pair[0].descriptor().fd();
            List<Integer> passed = new ArrayList<>();
            ByteBuffer target = ByteBuffer.allocate(8);
            pair[0].writePassing(ByteBuffer.allocate(3), fd, fd, fd);
            IOException failure = assertThrows(IOException.class, () -> pair[1].readPassed(target, passed::add));
            assertTrue(failure.getMessage().contains("more descriptors were passed"), failure.getMessage());
            assertEquals(3, target.position());
            assertEquals(List.of(), passed);
            assertEquals(List.of(), DescriptorLeaks.leftSince(open));
            pair[0].writePassing(ByteBuffer.allocate(2), fd, fd, fd);
            assertEquals(2, pair[1].readPassed(target, passed::add));
            assertEquals(3, passed.size());
            passed.forEach(RawSockets::close);
        });
        assertEquals(1, rule.hits());
    }

    /** A wait that epoll refuses throws. The next one waits. */
    @Test
    void aWaitThatEpollRefusesThrows() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Descriptor adopted = loop.adopt(pair[1].descriptor().disown());
        Fault.Rule rule = Fault.ENOMEM.first(1, "epoll_ctl mod", adopted.fd());
        inTask(() -> {
            ByteBuffer target = ByteBuffer.allocate(8);
            assertFailure("epoll_ctl", Fault.ENOMEM, assertThrows(IOException.class, () -> adopted.read(target)));
            loop.spawn(() -> pair[0].write(ByteBuffer.allocate(5)));
            assertEquals(5, adopted.read(target));
        });
        assertEquals(1, rule.hits());
    }

    /** The same for a wait for a hang-up. */
    @Test
    void aWaitForAHangUpThatEpollRefusesThrows() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Descriptor adopted = loop.adopt(pair[1].descriptor().disown());
        Fault.Rule rule = Fault.ENOMEM.first(1, "epoll_ctl mod", adopted.fd());
        inTask(() -> {
            assertFailure("epoll_ctl", Fault.ENOMEM,
                    assertThrows(IOException.class, () -> adopted.awaitHangUp(HangUp.HALF)));
            loop.spawn(() -> pair[0].close());
            assertSame(HangUp.FULL, adopted.awaitHangUp(HangUp.HALF));
        });
        assertEquals(1, rule.hits());
    }

    /** A handler that epoll refuses is not set. */
    @Test
    void aHandlerThatEpollRefusesIsNotSet() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Descriptor socket = pair[0].descriptor();
        List<String> calls = new ArrayList<>();
        ReadinessHandler handler = new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                calls.add("read " + descriptor.tryRead(ByteBuffer.allocate(8)));
                descriptor.handle(null, false, false);
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                calls.add("writable");
                descriptor.handle(this, true, false);
            }
        };
        Fault.Rule rule = Fault.ENOMEM.first(1, "epoll_ctl mod", socket.fd());
        assertThrows(IOException.class, () -> socket.handle(handler, true, true));
        assertEquals(1, rule.hits());
        assertTrue(loop.step(false).done(), "nothing waits");
        pair[1].descriptor().tryWrite(ByteBuffer.allocate(6));
        loop.step(false);
        assertEquals(List.of(), calls);
        socket.handle(handler, false, true);
        loop.runUntilDone();
        assertEquals(List.of("writable", "read 6"), calls);
    }
}
