package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.BufferedReader;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that do not wait for ever. Time is virtual; what waits leaves nothing behind, and its socket is as before. */
@Timeout(60)
class DeadlineTest {
    private static final Duration HOUR = Duration.ofHours(1);
    /** More than the kernel's buffers take. */
    private static final int MUCH = 32 << 20;

    private final VirtualClock clock = new VirtualClock();
    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().clock(clock).open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private SocketTimeoutException timesOut(Callable<?> call) throws Exception {
        long before = clock.nanoTime();
        Task<?> task = loop.spawn(call);
        loop.runUntilDone();
        assertEquals(HOUR.toNanos(), clock.nanoTime() - before);
        assertTrue(loop.step(false).done());
        return assertInstanceOf(SocketTimeoutException.class,
                assertThrows(ExecutionException.class, task::join).getCause());
    }

    private <T> T runs(Callable<T> call) throws Exception {
        Task<T> task = loop.spawn(call);
        loop.runUntilDone();
        return task.join();
    }

    @ParameterizedTest
    @EnumSource
    void awaitRequest(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        timesOut(() -> loop.awaitRequest(pair[0].descriptor(), HOUR));
        assertTrue(runs(() -> {
            pair[1].write(ByteBuffer.allocate(1));
            return loop.awaitRequest(pair[0].descriptor(), HOUR);
        }));
        assertEquals(1, runs(() -> pair[0].read(ByteBuffer.allocate(8), HOUR)));
    }

    @ParameterizedTest
    @EnumSource
    void readAndWrite(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        String message = timesOut(() -> pair[0].read(ByteBuffer.allocate(8), HOUR)).getMessage();
        assertTrue(message.contains("recv on ") && message.contains("timed out"), message);
        ByteBuffer much = ByteBuffer.allocateDirect(MUCH);
        int went = timesOut(() -> pair[0].write(much, HOUR)).bytesTransferred;
        assertEquals(much.position(), went);
        assertTrue(went > 0);
        drain(pair[1], went);
        assertEquals(5, runs(() -> pair[1].write(ByteBuffer.allocate(5), HOUR)));
        assertEquals(5, runs(() -> pair[0].read(ByteBuffer.allocate(8))));
        assertEquals(7, runs(() -> pair[0].write(ByteBuffer.allocate(7), HOUR)));
        drain(pair[1], 7);
        pair[0].close();
        assertEquals(-1, runs(() -> pair[1].read(ByteBuffer.allocate(8))));
        pair[1].close();
    }

    private void drain(StreamSocket socket, int count) throws Exception {
        ByteBuffer received = ByteBuffer.allocateDirect(count);
        runs(() -> {
            while (received.hasRemaining()) {
                assertTrue(socket.read(received) > 0);
            }
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource
    void vectored(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        ByteBuffer[] targets = {ByteBuffer.allocate(3), ByteBuffer.allocateDirect(5)};
        timesOut(() -> pair[0].descriptor().recv(targets, 0, 2, loop.deadline(HOUR)));
        ByteBuffer[] sources = {ByteBuffer.allocate(10), ByteBuffer.allocateDirect(MUCH)};
        int went = timesOut(() -> pair[0].descriptor().send(sources, 0, 2, loop.deadline(HOUR))).bytesTransferred;
        assertEquals(sources[0].position() + sources[1].position(), went);
        drain(pair[1], went);
        assertEquals(8, runs(() -> pair[1].write(ByteBuffer.allocate(8))));
        assertEquals(8, runs(() -> {
            long count = 0;
            while (count < 8) {
                count += pair[0].descriptor().recv(targets, 0, 2, EventLoop.NO_DEADLINE);
            }
            return count;
        }));
        pair[0].close();
        pair[1].close();
    }

    @Test
    void adoptedDescriptor() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.adopt(ends[0]);
        timesOut(() -> socket.recv(ByteBuffer.allocate(8), 0, loop.deadline(HOUR)));
        RawSockets.send(ends[1], 2);
        assertEquals(2, runs(() -> socket.recv(ByteBuffer.allocate(8), 0, loop.deadline(HOUR))));
        RawSockets.close(ends[1]);
    }

    /** One connection is as many as a backlog of 0 takes. */
    @ParameterizedTest
    @EnumSource
    void acceptAndConnect(StreamKind kind) throws Exception {
        try (Listener listener = Listener.bind(loop, kind.fresh(), 0)) {
            SocketAddress address = listener.localAddress();
            timesOut(() -> listener.accept(HOUR));
            StreamSocket first = runs(() -> StreamSocket.connect(loop, address));
            runs(() -> {
                listener.descriptor().awaitReadable(); // the backlog is full
                return null;
            });
            DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
            Task<StreamSocket> full = loop.spawn(() -> StreamSocket.connect(loop, address, HOUR));
            loop.runUntilDone();
            assertInstanceOf(SocketTimeoutException.class,
                    assertThrows(ExecutionException.class, full::join).getCause());
            assertEquals(List.of(), DescriptorLeaks.difference(before));
            StreamSocket accepted = runs(() -> listener.accept());
            assertTrue(accepted.isOpen() && first.isOpen());
            timesOut(() -> listener.accept(HOUR));
            accepted.close();
            first.close();
        }
    }

    /** Without a deadline it waits until there is room: on TCP until the kernel asks again. */
    @ParameterizedTest
    @EnumSource
    void connectWaitsForRoomInTheBacklog(StreamKind kind) throws Exception {
        try (EventLoop real = EventLoop.open(); Listener listener = Listener.bind(real, kind.fresh(), 0)) {
            SocketAddress address = listener.localAddress();
            Task<StreamSocket> first = real.spawn(() -> StreamSocket.connect(real, address));
            real.runUntilDone();
            Task<StreamSocket> second = real.spawn(() -> StreamSocket.connect(real, address));
            for (int i = 0; i < 10; i++) {
                real.step(false);
            }
            assertFalse(second.isDone());
            Task<StreamSocket> accepting = real.spawn(() -> {
                listener.accept().close();
                return listener.accept();
            });
            real.runUntilDone();
            accepting.join().close();
            first.join().close();
            second.join().close();
        }
    }

    /** A wait that ends in time leaves no timer, and its deadline does not strike the next one. */
    @Test
    void deadlineOfAnEarlierWaitDoesNotStrike() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Task<String> reader = loop.spawn(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(1);
            int first = pair[0].read(buffer, HOUR);
            int second = pair[0].read(buffer.clear());
            return first + " " + second;
        });
        loop.callLater(HOUR.toNanos() / 2, () -> RawSockets.send(pair[1].descriptor().fd(), 1));
        loop.callLater(HOUR.toNanos() * 2, () -> RawSockets.send(pair[1].descriptor().fd(), 1));
        loop.runUntilDone();
        assertEquals("1 1", reader.join());
        assertFalse(loop.reactor().timers.size() > 0);
    }

    /** Closed in the phase in which the deadline comes: the wait ends as closed, and touches the number no more. */
    @Test
    void closedInThePhaseOfTheDeadline() throws Exception {
        int[] ends = RawSockets.pair();
        Descriptor socket = loop.own(ends[0]);
        Task<Integer> reader = loop.spawn(() -> socket.recv(ByteBuffer.allocate(8), 0, loop.deadline(HOUR)));
        loop.step(false);
        int[] reused = new int[2];
        loop.callLater(HOUR.toNanos(), () -> { // newer than the reader's deadline, so before it
            socket.close();
            int[] next = RawSockets.pair();
            RawSockets.send(next[1], 5);
            System.arraycopy(next, 0, reused, 0, 2);
        });
        loop.runUntilDone();
        assertEquals(ends[0], reused[0], "the kernel gives the lowest number");
        assertInstanceOf(AsynchronousCloseException.class,
                assertThrows(ExecutionException.class, reader::join).getCause());
        assertEquals(5, RawSockets.recv(reused[0]), "what is another's was not read");
        for (int fd : new int[] {reused[0], reused[1], ends[1]}) {
            RawSockets.close(fd);
        }
    }

    /** TCP and Unix, adopted and owned, in tasks and callbacks: see there. */
    @Test
    void acceptWaitsForDescriptors() throws Exception {
        ProcessBuilder java = ChildJvm.builder(List.of(), AcceptOutOfDescriptors.class.getName());
        List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -n 200; exec \"$@\"", "sh"));
        limited.addAll(java.command());
        Process child = new ProcessBuilder(limited).redirectErrorStream(true).start();
        try (BufferedReader output = child.inputReader()) {
            assertEquals(List.of("TCP ADOPT task true", "TCP ADOPT callback true", "TCP OWN task true",
                    "TCP OWN callback true", "UNIX ADOPT task true", "UNIX ADOPT callback true", "UNIX OWN task true",
                    "UNIX OWN callback true"), output.lines().toList());
            assertEquals(0, child.waitFor());
        } finally {
            child.destroyForcibly().waitFor();
        }
    }
}
