package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.AbstractAddress;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.BufferedReader;
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

/** Calls that do not wait for ever. Time is virtual; what waits leaves nothing behind, and its socket is as before. */
@Timeout(60)
class DeadlineTest {
    private static final Duration HOUR = Duration.ofHours(1);

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

    @Test
    void readAndWrite() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        String message = timesOut(() -> pair[0].read(ByteBuffer.allocate(8), HOUR)).getMessage();
        assertTrue(message.contains("recv on descriptor") && message.contains("timed out"), message);
        ByteBuffer much = ByteBuffer.allocate(4_000_000);
        int went = timesOut(() -> pair[0].write(much, HOUR)).bytesTransferred;
        assertEquals(much.position(), went);
        assertTrue(went > 0);
        ByteBuffer received = ByteBuffer.allocate(went);
        runs(() -> {
            while (received.hasRemaining()) {
                pair[1].read(received, HOUR);
            }
            return pair[1].write(ByteBuffer.allocate(5), HOUR);
        });
        assertEquals(5, runs(() -> pair[0].read(ByteBuffer.allocate(8), HOUR)));
        pair[0].close();
        assertEquals(-1, runs(() -> pair[1].read(ByteBuffer.allocate(8), HOUR)));
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

    @Test
    void acceptAndConnect() throws Exception {
        AbstractAddress address = AbstractAddress.of("stepoll-deadline");
        try (Listener listener = Listener.bind(loop, address, 0)) {
            timesOut(() -> listener.accept(HOUR));
            StreamSocket first = runs(() -> StreamSocket.connect(loop, address, HOUR));
            Task<StreamSocket> full = loop.spawn(() -> StreamSocket.connect(loop, address, HOUR)); // backlog 0 takes one
            loop.runUntilDone();
            assertInstanceOf(SocketTimeoutException.class,
                    assertThrows(ExecutionException.class, full::join).getCause());
            StreamSocket accepted = runs(() -> listener.accept(HOUR));
            assertTrue(accepted.isOpen() && first.isOpen());
            accepted.close();
            first.close();
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

    /** Closed in the very phase in which the deadline comes: the wait ends as closed, and touches the number no more. */
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

    @Test
    void acceptWaitsForDescriptors() throws Exception {
        ProcessBuilder java = ChildJvm.builder(List.of(), AcceptOutOfDescriptors.class.getName());
        List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -n 200; exec \"$@\"", "sh"));
        limited.addAll(java.command());
        Process child = new ProcessBuilder(limited).redirectErrorStream(true).start();
        try (BufferedReader output = child.inputReader()) {
            assertEquals(List.of("accepted after true exhaustion"), output.lines().toList());
            assertEquals(0, child.waitFor());
        } finally {
            child.destroyForcibly().waitFor();
        }
    }
}
