package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.net.AbstractAddress;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.RawSockets;
import io.stepoll.support.TaskResults;
import java.io.FileInputStream;
import java.lang.foreign.Arena;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** For each wrong use there is an exception that says what was wrong. */
@Timeout(60)
class BadInputTest {
    private static final Duration SOON = Duration.ofNanos(1);

    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().name("subject").open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private static <T extends Throwable> void refused(Class<T> type, Executable call, String... words) {
        T refusal = assertThrows(type, call);
        for (String word : words) {
            assertTrue(refusal.getMessage().contains(word), () -> "\"" + word + "\" in: " + refusal.getMessage());
        }
    }

    private static void failsWith(int errno, Executable call, String... words) {
        SocketException failure = assertThrows(SocketException.class, call);
        assertEquals(errno, assertInstanceOf(SystemCallFailure.class, failure).errno());
        for (String word : words) {
            assertTrue(failure.getMessage().contains(word), () -> "\"" + word + "\" in: " + failure.getMessage());
        }
    }

    private <T> T inTask(Callable<T> body) throws Exception {
        return TaskResults.of(loop, loop.spawn(body));
    }

    @Test
    void negativeDescriptor() {
        refused(IllegalArgumentException.class, () -> loop.adopt(-1), "negative", "-1");
        refused(IllegalArgumentException.class, () -> loop.own(-7), "negative", "-7");
    }

    @Test
    void closedDescriptor() {
        int[] ends = RawSockets.pair();
        RawSockets.close(ends[0]);
        RawSockets.close(ends[1]);
        failsWith(Errno.EBADF, () -> loop.adopt(ends[0]), "EBADF", "descriptor " + ends[0]);
        failsWith(Errno.EBADF, () -> loop.own(ends[0]), "EBADF", "descriptor " + ends[0]);
    }

    @Test
    void descriptorAdoptedTwice() throws Exception {
        int[] ends = RawSockets.pair();
        loop.adopt(ends[0]);
        failsWith(Errno.EEXIST, () -> loop.adopt(ends[0]), "EEXIST", "descriptor " + ends[0], "already");
        failsWith(Errno.EEXIST, () -> loop.own(ends[0]), "EEXIST", "descriptor " + ends[0], "already");
        RawSockets.close(ends[1]);
    }

    /** The file is refused and stays as it was before: blocking. */
    @Test
    void regularFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "text");
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            int fd = numberOf(file);
            int flags = Descriptors.getStatusFlags(fd);
            failsWith(Errno.EPERM, () -> loop.adopt(fd), "epoll_ctl", "EPERM", "descriptor " + fd);
            assertEquals(flags, Descriptors.getStatusFlags(fd));
            assertEquals('t', in.read());
        }
    }

    private static int numberOf(Path file) throws Exception {
        try (var links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path link : links) {
                try {
                    if (Files.readSymbolicLink(link).equals(file.toRealPath())) {
                        return Integer.parseInt(link.getFileName().toString());
                    }
                } catch (NoSuchFileException closedMeanwhile) {
                    // Another thread of the JVM had it.
                }
            }
        }
        throw new AssertionError(file + " is not open");
    }

    @Test
    void addressTooLong(@TempDir Path folder) throws Throwable {
        String name = "n".repeat(108);
        refused(SocketException.class, () -> Listener.bind(loop, AbstractAddress.of(name)),
                "too long", "109", "108", name);
        Path path = Path.of("/" + name);
        refused(SocketException.class, () -> Listener.bind(loop, UnixDomainSocketAddress.of(path)), "too long", "109",
                "107", name);
        assertThrows(SocketException.class,
                () -> inTask(() -> StreamSocket.connect(loop, AbstractAddress.of(name))));
        try (Listener longest = Listener.bind(loop, AbstractAddress.of("n".repeat(107)))) {
            assertEquals(AbstractAddress.of("n".repeat(107)), longest.localAddress());
        }
    }

    @Test
    void wrongThread() throws Exception {
        loop.step(false);
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.adopt(ends[0]);
        for (Executable call : new Executable[] {() -> loop.step(false), loop::run, () -> loop.adopt(ends[1]),
                socket::disown, () -> loop.sleep(SOON), () -> socket.read(ByteBuffer.allocate(1)),
                () -> socket.recv(ByteBuffer.allocate(1), Descriptor.MSG_DONTWAIT), socket::accept,
                () -> socket.write(ByteBuffer.allocate(1)), loop::timeoutNanos, loop::close, socket::close}) {
            CompletableFuture<Void> elsewhere = CompletableFuture.runAsync(() -> {
                try {
                    call.execute();
                } catch (RuntimeException e) {
                    throw e;
                } catch (Throwable e) {
                    throw new AssertionError(e);
                }
            }, runnable -> Thread.ofPlatform().name("elsewhere").start(runnable));
            Throwable cause = assertThrows(CompletionException.class, elsewhere::join).getCause();
            assertInstanceOf(WrongThreadException.class, cause);
            assertTrue(cause.getMessage().contains("subject") && cause.getMessage().contains("elsewhere"),
                    cause.getMessage());
        }
        RawSockets.close(ends[1]);
    }

    @Test
    void reentry() throws Throwable {
        Throwable[] refusals = new Throwable[5];
        loop.callSoon(() -> {
            refusals[0] = assertThrows(IllegalStateException.class, () -> loop.step(false));
            refusals[1] = assertThrows(IllegalStateException.class, loop::run);
            refusals[2] = assertThrows(IllegalStateException.class, loop::close);
        });
        loop.spawn(() -> {
            refusals[3] = assertThrows(IllegalStateException.class, () -> loop.step(false));
            refusals[4] = assertThrows(IllegalStateException.class, loop::close);
        });
        loop.runUntilDone();
        assertTrue(refusals[0].getMessage().contains("step was called from within a step"), refusals[0].getMessage());
        assertTrue(refusals[1].getMessage().contains("run was called from within a step"), refusals[1].getMessage());
        assertTrue(refusals[2].getMessage().contains("close was called from within a step"), refusals[2].getMessage());
        assertTrue(refusals[3].getMessage().contains("virtual thread"), refusals[3].getMessage());
        assertTrue(refusals[4].getMessage().contains("virtual thread"), refusals[4].getMessage());
    }

    @Test
    void monitorHeldAroundRun() {
        Object lock = new Object();
        synchronized (lock) {
            refused(IllegalStateException.class, () -> loop.step(false), "monitor", "java.lang.Object");
            refused(IllegalStateException.class, loop::runUntilDone, "monitor", "monitorHeldAroundRun");
        }
        loop.step(false);
    }

    /** A callback must not wait: neither for a descriptor, nor for a time, nor for a task. */
    @Test
    void waitsInACallback() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        Task<Void> task = loop.spawn(() -> loop.sleep(SOON));
        boolean[] ran = new boolean[1];
        loop.callSoon(() -> {
            refused(IllegalStateException.class, () -> socket.read(ByteBuffer.allocate(1)), "recv", "callback");
            refused(IllegalStateException.class, () -> socket.write(ByteBuffer.allocate(1)), "send", "callback");
            refused(IllegalStateException.class, socket::accept, "accept", "callback");
            refused(IllegalStateException.class, () -> loop.sleep(SOON), "sleep", "callback");
            refused(IllegalStateException.class, task::join, "join", "callback");
            ran[0] = true;
        });
        loop.runUntilDone();
        assertTrue(ran[0]);
        RawSockets.close(ends[1]);
    }

    @Test
    void closedLoop() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        Timer timer = loop.callLater(SOON, () -> {});
        loop.close();
        loop.close();
        for (Executable call : new Executable[] {() -> loop.step(false), loop::run, loop::runUntilDone,
                () -> loop.callSoon(() -> {}), () -> loop.callLater(SOON, () -> {}), () -> loop.spawn(() -> 1),
                () -> loop.sleep(SOON), () -> loop.adopt(ends[1]), loop::timeoutNanos, loop::fd, loop::stopOnSignals,
                () -> timer.reset(SOON)}) {
            refused(LoopClosedException.class, call, "subject", "closed");
        }
        assertThrows(ClosedChannelException.class, () -> socket.read(ByteBuffer.allocate(1)));
        assertThrows(ClosedChannelException.class, () -> socket.write(ByteBuffer.allocate(1)));
        assertThrows(ClosedChannelException.class, socket::accept);
        assertThrows(ClosedChannelException.class, socket::disown);
        socket.close();
        timer.cancel();
        RawSockets.close(ends[1]);
    }

    @Test
    void nullArguments() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        assertThrows(NullPointerException.class, () -> loop.callSoon(null));
        assertThrows(NullPointerException.class, () -> loop.callLater(SOON, null));
        refused(NullPointerException.class, () -> loop.spawn((TaskBody) null), "body");
        refused(NullPointerException.class, () -> loop.spawn((Callable<Void>) null), "body");
        refused(NullPointerException.class, () -> loop.spawn("name", (TaskBody) null), "body");
        assertThrows(NullPointerException.class, () -> inTask(() -> socket.read((ByteBuffer) null)));
        assertThrows(NullPointerException.class, () -> Listener.bind(loop, null));
        RawSockets.close(ends[1]);
    }

    /** A null time is refused, and the call does nothing. A call without a timeout is an overload of its own. */
    @Test
    void nullTimes() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        RawSockets.send(ends[1], 5);
        Timer timer = loop.callLater(SOON, () -> {});
        ByteBuffer[] buffers = {ByteBuffer.allocate(1)};
        for (TaskBody call : new TaskBody[] {() -> loop.sleep(null), () -> loop.within(null, () -> 1),
                () -> loop.callLater(null, () -> {}), () -> loop.callAtFixedRate(null, SOON, () -> {}),
                () -> loop.callAtFixedRate(SOON, null, () -> {}), () -> loop.callWithFixedDelay(null, SOON, () -> {}),
                () -> loop.callWithFixedDelay(SOON, null, () -> {}), () -> timer.reset(null),
                () -> socket.read(buffers[0], null), () -> socket.read(buffers, 0, 1, null),
                () -> socket.write(buffers[0], null), () -> socket.write(buffers, 0, 1, null),
                () -> socket.accept(null), () -> socket.awaitReadable(null), () -> socket.awaitWritable(null),
                () -> socket.awaitRequest(null),
                () -> socket.perform(Interest.READ, "call", fd -> 0, null)}) {
            assertThrows(NullPointerException.class, () -> inTask(call.asCallable()));
        }
        assertEquals(5, RawSockets.recv(socket.fd()), "no call has read");
        assertEquals(-Errno.EAGAIN, RawSockets.recv(ends[1]), "no call has written");
        RawSockets.close(ends[1]);
    }

    /** A task cannot use a descriptor of another loop, even of one that belongs to the same thread. */
    @Test
    void descriptorOfAnotherLoop() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop other = EventLoop.builder().name("owner").open()) {
            Descriptor socket = other.adopt(ends[0]);
            refused(WrongThreadException.class, () -> inTask(socket::disown), "owner");
            refused(WrongThreadException.class, () -> inTask(() -> socket.read(ByteBuffer.allocate(1))), "owner");
            assertTrue(socket.isOpen());
        }
        RawSockets.close(ends[1]);
    }

    @Test
    void nobodyListens() {
        AbstractAddress nobody = AbstractAddress.of("stepoll-nobody");
        ConnectException refusal =
                assertThrows(ConnectException.class, () -> inTask(() -> StreamSocket.connect(loop, nobody)));
        assertEquals(Errno.ECONNREFUSED, ((SystemCallFailure) refusal).errno());
        assertTrue(refusal.getMessage().contains("connect on unix:@stepoll-nobody: ECONNREFUSED"),
                refusal.getMessage());
    }

    @Test
    void nobodyListensOnTcp() throws Throwable {
        InetSocketAddress gone;
        try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
            gone = (InetSocketAddress) listener.localAddress();
        }
        ConnectException refusal =
                assertThrows(ConnectException.class, () -> inTask(() -> StreamSocket.connect(loop, gone)));
        assertTrue(refusal.getMessage().contains("connect on tcp:127.0.0.1:" + gone.getPort() + ": ECONNREFUSED"),
                refusal.getMessage());
    }

    @Test
    void addressInUse() throws Exception {
        AbstractAddress address = AbstractAddress.of("stepoll-in-use");
        try (Listener first = Listener.bind(loop, address)) {
            BindException refusal = assertThrows(BindException.class, () -> Listener.bind(loop, address));
            assertTrue(refusal.getMessage().contains("bind on unix:@stepoll-in-use: EADDRINUSE"), refusal.getMessage());
            assertEquals(address, first.localAddress());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unix:", "tcp:", "tcp:localhost", "tcp:80", "tcp:localhost:http",
        "tcp:localhost:65536", "tcp:::1:80", "udp:localhost:80", "/path"})
    void notAnAddress(String text) {
        refused(IllegalArgumentException.class, () -> Addresses.parse(text), "\"" + text + "\"");
    }

    /** Nothing is read from the socket, and no memory is written that is not the caller's. */
    @Test
    void badBuffers() throws Throwable {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        RawSockets.send(ends[1], 5);
        for (ByteBuffer buffer : List.of(ByteBuffer.allocate(8), ByteBuffer.allocateDirect(8))) {
            refused(IllegalArgumentException.class,
                    () -> inTask(() -> socket.read(buffer.asReadOnlyBuffer())), "read-only");
        }
        ByteBuffer freed;
        try (Arena arena = Arena.ofShared(); Arena another = Arena.ofConfined()) {
            freed = arena.allocate(8).asByteBuffer();
            ByteBuffer ofAnotherThread = another.allocate(8).asByteBuffer();
            refused(WrongThreadException.class, () -> inTask(() -> socket.read(ofAnotherThread)), "outside owning");
            refused(WrongThreadException.class, () -> inTask(() -> socket.write(ofAnotherThread)), "outside owning");
        }
        refused(IllegalStateException.class, () -> inTask(() -> socket.read(freed)), "arena");
        refused(IllegalStateException.class, () -> inTask(() -> socket.write(freed)), "arena");
        assertEquals(5, inTask(() -> socket.read(ByteBuffer.allocate(8))));
        assertEquals(0, inTask(() -> socket.read(ByteBuffer.allocate(0))));
        RawSockets.close(ends[1]);
    }

    /** A call with flags does not wait. It says that it would have to, and how many bytes went. */
    @Test
    void wouldBlock() throws Exception {
        int[] ends = RawSockets.pair();
        RawSockets.smallSendBuffer(ends[0], 4096);
        Descriptor socket = loop.own(ends[0]);
        refused(WouldBlockException.class, () -> socket.recv(ByteBuffer.allocate(8), Descriptor.MSG_DONTWAIT),
                "recv", "would block");
        ByteBuffer much = ByteBuffer.allocate(1_000_000);
        WouldBlockException full =
                assertThrows(WouldBlockException.class, () -> socket.send(much, Descriptor.MSG_DONTWAIT));
        assertEquals(much.position(), full.bytesTransferred());
        assertTrue(full.bytesTransferred() > 0);
        RawSockets.send(ends[1], 3);
        assertEquals(3, socket.recv(ByteBuffer.allocate(8), Descriptor.MSG_PEEK));
        assertEquals(3, socket.recv(ByteBuffer.allocate(8), Descriptor.MSG_DONTWAIT));
        RawSockets.close(ends[1]);
    }

    @Test
    void noSuchSignal() {
        refused(IllegalArgumentException.class, () -> loop.stopOnSignals("NONSENSE"), "NONSENSE");
        refused(IllegalArgumentException.class, () -> loop.stopOnSignals("KILL"), "KILL");
    }
}
