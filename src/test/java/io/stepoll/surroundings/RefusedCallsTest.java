package io.stepoll.surroundings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.sys.Errno;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.Server;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.FaultBuild;
import io.stepoll.support.DescriptorLeaks.Snapshot;
import io.stepoll.support.Libc;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import io.stepoll.support.Way;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A seccomp filter refuses each system call of the shim in turn, on the thread that runs the loop. A filter cannot be
 * taken away; it ends with its thread, so each case has a thread of its own.
 */
@Timeout(240)
class RefusedCallsTest {
    private static final int[] ERRNOS = {Errno.EPERM, 13 /* EACCES */, Errno.ENOSYS};

    /** What a case may take, in polls of the loop: a few for each wait. A loop that spins takes thousands. */
    private static final long MOST_POLLS = 100;

    private static final int BYTES = 100;

    private static Path file;

    @TempDir
    static Path folder;

    @BeforeAll
    static void makeFile() throws IOException {
        FaultBuild.library();
        file = Files.write(folder.resolve("bytes"), new byte[BYTES]);
    }

    /**
     * Runs first, so that no thread of a case is the one that loads what all threads share. Where there are no filters,
     * this says so: a case would leave open what it has opened.
     */
    @BeforeAll
    static void openOne() throws Exception {
        onThread(() -> Surroundings.refuse("listen", Errno.EPERM));
        onThread(() -> {
            try (EventLoop loop = EventLoop.open()) {
                echo(loop, StreamKind.UNIX.connect(loop));
            }
        });
    }

    /** What a case does on its loop, in a task, once the call is refused. */
    @FunctionalInterface
    private interface Use {
        void use(Subject subject) throws Exception;
    }

    /** The sockets that a case finds, made before the call is refused. */
    private record Subject(EventLoop loop, StreamSocket near, StreamSocket far, Listener listener,
            DatagramEndpoint[] datagrams) {
        ByteBuffer bytes() {
            return ByteBuffer.allocate(BYTES);
        }

        SocketAddress address() {
            return listener.localAddress();
        }
    }

    /**
     * A call that is refused.
     *
     * @param refused the call, for the filter
     * @param named the call, in the exception
     * @param about what the message names, too
     */
    private record Case(String refused, String named, String about, String how, Use use) {}

    private static final List<Case> CASES = List.of(
            new Case("socket", "socket", "tcp:127.0.0.1:0", "bind",
                    subject -> Listener.bind(subject.loop, StreamKind.TCP.fresh())),
            new Case("socket", "socket", "unix:@", "connect",
                    subject -> StreamSocket.connect(subject.loop, subject.address())),
            new Case("socket", "socket", "datagram socket", "datagrams",
                    subject -> DatagramEndpoint.bind(subject.loop, StreamKind.UNIX.fresh())),
            new Case("socketpair", "socketpair", "unix:", "stream", subject -> StreamSocket.pair(subject.loop)),
            new Case("socketpair", "socketpair", "unix:", "datagrams", subject -> DatagramEndpoint.pair(subject.loop)),
            new Case("bind", "bind", "unix:@", "listener",
                    subject -> Listener.bind(subject.loop, StreamKind.UNIX.fresh())),
            new Case("bind", "bind", "unix:@", "datagrams",
                    subject -> DatagramEndpoint.bind(subject.loop, StreamKind.UNIX.fresh())),
            new Case("listen", "listen", "unix:@", "listener",
                    subject -> Listener.bind(subject.loop, StreamKind.UNIX.fresh())),
            new Case("setsockopt", "setsockopt", "tcp:127.0.0.1:0", "listener",
                    subject -> Listener.bind(subject.loop, StreamKind.TCP.fresh())),
            new Case("connect", "connect", "unix:@", "stream",
                    subject -> StreamSocket.connect(subject.loop, subject.address())),
            new Case("connect", "connect", "unix:@", "datagrams",
                    subject -> subject.datagrams[0].connect(StreamKind.UNIX.fresh())),
            new Case("epoll_ctl", "epoll_ctl", "descriptor", "own", subject -> own(subject.loop)),
            new Case("epoll_ctl", "epoll_ctl", "descriptor", "pair", subject -> StreamSocket.pair(subject.loop)),
            new Case("epoll_ctl", "epoll_ctl", "unix:@", "share", subject -> subject.near.descriptor().share()),
            new Case("recvmsg", "recv", "unix:@", "read", subject -> subject.near.read(subject.bytes())),
            new Case("recvmsg", "recv", "unix:@", "tryRead", subject -> subject.near.tryRead(subject.bytes())),
            new Case("recvmsg", "recvmsg", "unix:@", "vector",
                    subject -> subject.near.read(new ByteBuffer[] {subject.bytes()})),
            new Case("recvmsg", "recvmsg", "unix:@", "passed",
                    subject -> subject.near.readPassed(subject.bytes(), RawSockets::close)),
            new Case("recvfrom", "recvfrom", "unix:@", "datagrams",
                    subject -> subject.datagrams[0].receive(subject.bytes())),
            new Case("recvmmsg", "recvmmsg", "unix:@", "batch",
                    subject -> subject.datagrams[0].receiveBatch(new DatagramBatch(2, BYTES))),
            new Case("sendto", "send", "unix:@", "write", subject -> subject.near.write(subject.bytes())),
            new Case("sendto", "send", "unix:@", "tryWrite", subject -> subject.near.tryWrite(subject.bytes())),
            new Case("sendto", "sendto", "unix:@", "datagrams", subject -> subject.datagrams[0].send(subject.bytes(),
                    subject.datagrams[1].localAddress())),
            new Case("sendmsg", "sendmsg", "unix:@", "vector",
                    subject -> subject.near.write(new ByteBuffer[] {subject.bytes()})),
            new Case("sendmsg", "sendmsg", "unix:@", "passing",
                    subject -> subject.near.writePassing(subject.bytes(), subject.listener.descriptor().fd())),
            new Case("sendmmsg", "sendmmsg", "unix:@", "batch", RefusedCallsTest::sendBatch),
            new Case("splice", "splice", "unix:@", "sendFile", RefusedCallsTest::sendFile),
            new Case("shutdown", "shutdown", "unix:@", "half-close", subject -> subject.near.shutdownOutput()),
            new Case("getsockopt", "getsockopt", "unix:@", "option",
                    subject -> subject.near.getOption(StandardSocketOptions.SO_SNDBUF)));

    /** Neither is refused by name: accept4 gets EPERM from firewalls, and is another test's. */
    private static final List<Case> ACCEPTING = List.of(
            new Case("accept4", "accept", "unix:@", "accept", subject -> subject.listener.accept()),
            new Case("accept4", "accept", "unix:@", "tryAccept", subject -> subject.listener.tryAccept()));

    private static void own(EventLoop loop) throws IOException {
        int[] ends = RawSockets.pair();
        try {
            loop.own(ends[0]);
        } finally {
            RawSockets.close(ends[0]); // the loop has not taken it
            RawSockets.close(ends[1]);
        }
    }

    private static void sendBatch(Subject subject) throws IOException {
        DatagramBatch batch = new DatagramBatch(2, BYTES);
        batch.address(batch.add(), subject.datagrams[1].localAddress());
        subject.datagrams[0].sendBatch(batch);
    }

    private static void sendFile(Subject subject) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            subject.near.sendFile(channel, 0, BYTES);
        }
    }

    /** The exception names the call, the errno and the peer. Nothing spins, hangs or is left, and the loop goes on. */
    @TestFactory
    Stream<DynamicTest> refused() {
        return Stream.concat(each(CASES, ERRNOS), each(ACCEPTING, ERRNOS[1], ERRNOS[2]));
    }

    private static Stream<DynamicTest> each(List<Case> cases, int... errnos) {
        return cases.stream().flatMap(one -> Arrays.stream(errnos).mapToObj(errno -> DynamicTest.dynamicTest(
                one.refused + " " + one.how + " " + Errno.name(errno), () -> onThread(() -> refuse(one, errno)))));
    }

    private static void refuse(Case one, int errno) throws Exception {
        Snapshot before = DescriptorLeaks.open();
        try (EventLoop loop = EventLoop.builder().name("refused").open()) {
            Subject subject = subject(loop);
            long polls = Loop.of(loop).poller().polls();
            Surroundings.refuse(one.refused, errno);
            Snapshot open = DescriptorLeaks.open();
            IOException failure = assertThrows(IOException.class, () -> inTask(loop, () -> one.use.use(subject)));
            assertNames(one.named, errno, one.about, failure);
            assertEquals(List.of(), DescriptorLeaks.leftSince(open), "left by the refused call");
            goesOn(loop);
            long taken = Loop.of(loop).poller().polls() - polls;
            assertTrue(taken < MOST_POLLS, () -> taken + " polls");
        }
        assertEquals(List.of(), DescriptorLeaks.leftSince(before), "left by the loop");
    }

    private static Subject subject(EventLoop loop) throws Exception {
        Listener[] listener = new Listener[1];
        List<StreamSocket> two = new ArrayList<>();
        DatagramEndpoint[] datagrams = new DatagramEndpoint[2];
        inTask(loop, () -> {
            listener[0] = Listener.bind(loop, StreamKind.UNIX.fresh());
            two.add(StreamSocket.connect(loop, listener[0].localAddress()));
            two.add(listener[0].accept());
            two.add(StreamSocket.connect(loop, listener[0].localAddress())); // waits to be accepted
            for (int i = 0; i < datagrams.length; i++) {
                datagrams[i] = DatagramEndpoint.bind(loop, StreamKind.UNIX.fresh());
            }
            try (FileChannel channel = FileChannel.open(file)) { // from now on the loop has its pipe for files
                two.get(0).sendFile(channel, 0, 1);
                two.get(1).read(ByteBuffer.allocate(1));
            }
            two.get(1).write(ByteBuffer.allocate(1));
            datagrams[1].send(ByteBuffer.allocate(1), datagrams[0].localAddress());
        });
        return new Subject(loop, two.get(0), two.get(1), listener[0], datagrams);
    }

    private static void assertNames(String call, int errno, String about, IOException failure) {
        SystemCallFailure failed = assertInstanceOf(SystemCallFailure.class, failure);
        assertEquals(call, failed.failedCall().call());
        assertEquals(Errno.name(errno), failed.failedCall().errnoName());
        for (String word : List.of(call, Errno.name(errno), about)) {
            assertTrue(failure.getMessage().contains(word), () -> word + " in: " + failure.getMessage());
        }
    }

    /** Timers, callbacks, tasks and submits work as before. */
    private static void goesOn(EventLoop loop) throws Exception {
        Set<String> ran = new HashSet<>();
        loop.callSoon(() -> ran.add("callback"));
        loop.callLater(Duration.ofMillis(1), () -> ran.add("timer"));
        inTask(loop, () -> loop.sleep(Duration.ofMillis(2)));
        assertEquals(Set.of("callback", "timer"), ran);
    }

    private static void inTask(EventLoop loop, TaskBody body) throws Exception {
        TaskResults.of(loop, loop.spawn(body));
    }

    private static void echo(EventLoop loop, StreamSocket[] pair) throws Exception {
        inTask(loop, () -> {
            pair[0].write(ByteBuffer.allocate(BYTES));
            assertEquals(BYTES, pair[1].read(ByteBuffer.allocate(2 * BYTES)));
            pair[0].shutdownOutput();
            assertEquals(-1, pair[1].read(ByteBuffer.allocate(BYTES)));
            pair[0].close();
            pair[1].close();
        });
    }

    /** Runs the code on a thread of its own, with which its filters end. */
    private static void onThread(TaskBody body) throws Exception {
        FutureTask<Void> task = new FutureTask<>(body.asCallable());
        Thread.ofPlatform().name("refused").start(task);
        try {
            task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        }
    }

    /** A loop that cannot be opened leaves nothing. A loop that could not be woken is not opened. */
    @TestFactory
    Stream<DynamicTest> open() {
        return Stream.of("epoll_create1", "eventfd", "epoll_ctl", "write").flatMap(call ->
                Arrays.stream(ERRNOS).mapToObj(errno -> DynamicTest.dynamicTest(
                        call + " " + Errno.name(errno), () -> onThread(() -> {
                            Snapshot before = DescriptorLeaks.open();
                            Surroundings.refuse(call, errno);
                            assertNames(call, errno, "a new event loop",
                                    assertThrows(IOException.class, EventLoop::open));
                            assertEquals(List.of(), DescriptorLeaks.difference(before));
                        }))));
    }

    /** A poll that is refused ends the run with an exception, at once. The loop can be closed. */
    @TestFactory
    Stream<DynamicTest> poll() {
        return Arrays.stream(ERRNOS).mapToObj(errno -> DynamicTest.dynamicTest(Errno.name(errno),
                () -> onThread(() -> {
                    Snapshot before = DescriptorLeaks.open();
                    Task<Void> left;
                    try (EventLoop loop = EventLoop.builder().name("refused").open()) {
                        StreamSocket[] pair = StreamSocket.pair(loop);
                        left = loop.spawn(() -> {
                            pair[0].read(ByteBuffer.allocate(1));
                        });
                        loop.step(false);
                        Surroundings.refuse("epoll_wait", errno);
                        Surroundings.refuse("epoll_pwait2", errno);
                        for (int i = 0; i < 2; i++) {
                            String message = assertThrows(IllegalStateException.class, loop::run).getMessage();
                            assertEquals("epoll_wait of refused: " + Errno.name(errno), message);
                        }
                        assertTrue(Loop.of(loop).poller().polls() < MOST_POLLS);
                    }
                    assertEquals(Task.State.CANCELLED, left.state());
                    assertEquals(List.of(), DescriptorLeaks.difference(before));
                })));
    }

    /** Where the poll with nanoseconds is refused, also later, the poll with milliseconds does its work. */
    @TestFactory
    Stream<DynamicTest> pollInNanoseconds() {
        return Arrays.stream(ERRNOS).mapToObj(errno -> DynamicTest.dynamicTest(Errno.name(errno),
                () -> onThread(() -> {
                    try (EventLoop loop = EventLoop.open()) {
                        Surroundings.refuse("epoll_pwait2", errno);
                        long before = System.nanoTime();
                        goesOn(loop);
                        assertTrue(System.nanoTime() - before >= Duration.ofMillis(2).toNanos());
                        assertTrue(Loop.of(loop).poller().polls() < MOST_POLLS);
                    }
                })));
    }

    /** Reading what a descriptor is, or where it leads to, is for messages and for speed: without it the rest works. */
    @TestFactory
    Stream<DynamicTest> doWithout() {
        return Stream.of("getsockopt", "getsockname", "getpeername", "poll", "rt_sigprocmask", "sched_getaffinity")
                .map(call -> DynamicTest.dynamicTest(call, () -> onThread(() -> {
                    Snapshot before = DescriptorLeaks.open();
                    try (EventLoop loop = EventLoop.open(); Listener listener = unixListener(loop)) {
                        SocketAddress address = listener.localAddress();
                        Surroundings.refuse(call, Errno.EPERM);
                        inTask(loop, () -> {
                            StreamSocket client = StreamSocket.connect(loop, address);
                            StreamSocket server = listener.accept();
                            sendFile(new Subject(loop, client, server, listener, null));
                            assertEquals(BYTES, server.read(ByteBuffer.allocate(2 * BYTES)));
                            client.close();
                            assertEquals(-1, server.read(ByteBuffer.allocate(BYTES)));
                            server.close();
                        });
                        echo(loop, StreamSocket.pair(loop));
                        assertTrue(Loop.of(loop).poller().polls() < MOST_POLLS);
                    }
                    assertEquals(List.of(), DescriptorLeaks.difference(before));
                })));
    }

    private static Listener unixListener(EventLoop loop) throws IOException {
        return Listener.bind(loop, StreamKind.UNIX.fresh());
    }

    /** A connect over TCP asks for its outcome. If the question is refused, the exception names the question. */
    @Test
    void outcomeOfAConnect() throws Exception {
        onThread(() -> {
            try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, StreamKind.TCP.fresh())) {
                SocketAddress address = listener.localAddress();
                Surroundings.refuse("getsockopt", Errno.EPERM);
                Snapshot open = DescriptorLeaks.open();
                IOException failure = assertThrows(IOException.class,
                        () -> inTask(loop, () -> StreamSocket.connect(loop, address)));
                assertNames("getsockopt", Errno.EPERM, "tcp:127.0.0.1:", failure);
                assertEquals(List.of(), DescriptorLeaks.difference(open));
            }
        });
    }

    /** A close that is refused leaves the descriptor open, as the library cannot know better. The loop goes on. */
    @Test
    void close() throws Exception {
        int[] numbers = new int[2];
        onThread(() -> {
            EventLoop loop = EventLoop.open();
            StreamSocket[] pair = StreamSocket.pair(loop);
            for (int i = 0; i < 2; i++) {
                numbers[i] = pair[i].descriptor().fd();
                Surroundings.refuse("close", Errno.EPERM, numbers[i]);
            }
            pair[0].close();
            pair[0].close();
            assertTrue(!pair[0].isOpen());
            goesOn(loop);
            echo(loop, StreamKind.UNIX.connect(loop));
            loop.close();
        });
        for (int number : numbers) {
            RawSockets.close(number); // this thread may
        }
    }

    /** A handler learns of the failure once, and does not spin. */
    @Test
    void handler() throws Exception {
        onThread(() -> {
            try (EventLoop loop = EventLoop.open()) {
                StreamSocket[] pair = StreamSocket.pair(loop);
                List<IOException> failures = new ArrayList<>();
                int[] calls = new int[1];
                pair[0].descriptor().handle(new ReadinessHandler() {
                    @Override
                    public void readable(Descriptor descriptor) throws IOException {
                        calls[0]++;
                        descriptor.tryRead(ByteBuffer.allocate(BYTES));
                    }

                    @Override
                    public void failed(Descriptor descriptor, IOException failure) {
                        failures.add(failure);
                        ReadinessHandler.super.failed(descriptor, failure);
                    }
                }, true, false);
                pair[1].descriptor().tryWrite(ByteBuffer.allocate(BYTES));
                Surroundings.refuse("recvmsg", Errno.EPERM);
                loop.runUntilDone();
                assertEquals(1, calls[0]);
                assertEquals(1, failures.size());
                assertNames("recv", Errno.EPERM, "descriptor", failures.getFirst());
                assertTrue(!pair[0].isOpen());
            }
        });
    }

    /** fcntl(2), which finds out whether a number is a descriptor. The descriptor stays the caller's. */
    @TestFactory
    Stream<DynamicTest> fcntl() {
        return Arrays.stream(ERRNOS).mapToObj(errno -> DynamicTest.dynamicTest(Errno.name(errno), () -> onThread(() -> {
            try (EventLoop loop = EventLoop.open()) {
                int[] ends = RawSockets.pair();
                Surroundings.refuse("fcntl", errno, ends[0]);
                for (Way way : Way.values()) {
                    assertNames("fcntl", errno, "descriptor " + ends[0],
                            assertThrows(IOException.class, () -> way.take(loop, ends[0])));
                }
                assertEquals(1, RawSockets.send(ends[0], 1));
                goesOn(loop);
                RawSockets.close(ends[0]);
                RawSockets.close(ends[1]);
            }
        })));
    }

    /** read(2) and write(2) of a pipe. Nobody misses preadv2(2) and pwritev2(2), which are refused before. */
    @TestFactory
    Stream<DynamicTest> pipe() {
        return Arrays.stream(ERRNOS).mapToObj(errno -> DynamicTest.dynamicTest(Errno.name(errno),
                () -> onThread(() -> {
                    try (EventLoop loop = EventLoop.open()) {
                        int[] ends = Libc.pipe();
                        Descriptor in = loop.own(ends[0]);
                        Descriptor out = loop.own(ends[1]);
                        Surroundings.refuse("preadv2", errno, ends[0]);
                        Surroundings.refuse("pwritev2", errno, ends[1]);
                        inTask(loop, () -> out.write(ByteBuffer.allocate(1)));
                        inTask(loop, () -> assertEquals(1, in.read(ByteBuffer.allocate(1))));
                        Surroundings.refuse("read", errno, ends[0]);
                        Surroundings.refuse("write", errno, ends[1]);
                        assertNames("recv", errno, "descriptor " + ends[0], assertThrows(IOException.class,
                                () -> inTask(loop, () -> in.read(ByteBuffer.allocate(1)))));
                        assertNames("send", errno, "descriptor " + ends[1], assertThrows(IOException.class,
                                () -> inTask(loop, () -> out.write(ByteBuffer.allocate(1)))));
                        goesOn(loop);
                    }
                })));
    }

    /** A processor that the thread of a group may not be pinned to. */
    @Test
    void affinity() throws Exception {
        onThread(() -> {
            Snapshot before = DescriptorLeaks.open();
            Surroundings.refuse("sched_setaffinity", Errno.EPERM);
            assertNames("sched_setaffinity", Errno.EPERM, "processor 0",
                    assertThrows(IOException.class, () -> LoopGroup.builder().loops(2).pinTo(0).open()));
            assertEquals(List.of(), DescriptorLeaks.leftSince(before));
        });
    }

    /** A server that may not accept closes its listener and says so once. */
    @Test
    void server() throws Exception {
        onThread(() -> {
            try (LogCapture log = new LogCapture()) {
                Surroundings.refuse("accept4", Errno.ENOSYS); // of the group's threads, too
                try (LoopGroup group = LoopGroup.builder().loops(1).open()) {
                    Server server = Server.builder(group).serve(connection -> {}).open(StreamKind.UNIX.fresh());
                    Listener listener = server.listeners().getFirst();
                    Looks.until(() -> !listener.isOpen());
                    assertTrue(Loop.of(group.loop(0)).poller().polls() < MOST_POLLS);
                }
                assertEquals(1, log.messages().size(), () -> log.messages().toString());
            }
        });
    }
}
