package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.Task;
import io.stepoll.buffer.WriteQueue.WhenFull;
import io.stepoll.internal.io.DirectAddress;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.SeqpacketSocket;
import io.stepoll.support.Libc;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** A queue over a Unix socket with a small buffer, whose other end the test reads by system calls. */
@Timeout(60)
class WriteQueueTest extends VirtualTimeFixture {
    private static final int PART = 1000; // of what fills the socket

    private final List<Object> log = new ArrayList<>();
    private final StringBuilder received = new StringBuilder();
    private final ByteBuffer target = ByteBuffer.allocateDirect(1 << 16);
    private Descriptor near;
    private int far;
    private WriteQueue queue;

    @BeforeEach
    @Override
    protected void open() throws Exception {
        super.open();
        int[] ends = RawSockets.pair();
        RawSockets.smallSendBuffer(ends[0], 4096);
        near = loop.own(ends[0]);
        far = ends[1];
        queue = WriteQueue.over(near);
    }

    @AfterEach
    void closeEnds() {
        if (near.isOpen()) {
            near.close();
        }
        if (far >= 0) {
            RawSockets.close(far);
        }
        if (!Loop.of(loop).thread().isClosed()) {
            Loops.steps(loop, 3);
            assertEquals(0, loop.buffers().takenBytes());
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private WriteCompletion told(String name) {
        return new WriteCompletion() {
            @Override
            public void written() {
                log.add(name);
            }

            @Override
            public void failed(IOException failure) {
                log.add(name + " failed: " + failure.getClass().getSimpleName());
            }
        };
    }

    /** Reads what is there, as the peer. */
    private String drain() {
        int from = received.length();
        int count = Sockets.recv(far, address(), target.capacity(), Sockets.MSG_DONTWAIT);
        while (count > 0) {
            for (int i = 0; i < count; i++) {
                received.append((char) target.get(i));
            }
            count = Sockets.recv(far, address(), target.capacity(), Sockets.MSG_DONTWAIT);
        }
        return received.substring(from);
    }

    private long address() {
        return DirectAddress.ofOwn(target);
    }

    /** Queues until the socket is full and so many bytes are left. Returns what was queued. */
    private String fill(int left) throws IOException {
        StringBuilder all = new StringBuilder();
        do {
            String part = Character.toString('a' + all.length() / PART % 26).repeat(PART);
            assertTrue(queue.write(bytes(part)));
            all.append(part);
            loop.step(false);
        } while (queue.pendingBytes() < left);
        return all.toString();
    }

    /** Reads and steps until the queue is empty. Returns what came. */
    private String drainAll() {
        StringBuilder all = new StringBuilder();
        do {
            all.append(drain());
            loop.step(false);
        } while (queue.pendingBytes() > 0);
        return all.append(drain()).toString();
    }

    @Test
    void whatIsQueuedGoesInTheNextPhaseOfQueuedCallbacks() throws Exception {
        ByteBuffer message = bytes("hello ");
        assertTrue(queue.write(message, told("first")));
        assertFalse(message.hasRemaining());
        message.put(0, (byte) 'x'); // it was copied
        assertTrue(queue.write(bytes("world"), told("second")));
        assertTrue(queue.write(bytes(""), told("nothing")));
        assertEquals(11, queue.pendingBytes());
        assertEquals(3, queue.pendingMessages());
        assertEquals("", drain());
        assertEquals(List.of(), log);
        loop.step(false);
        assertEquals("hello world", drain());
        assertEquals(List.of("first", "second", "nothing"), log);
        assertEquals(0, queue.pendingBytes());
        assertEquals(0, queue.pendingMessages());
        assertEquals(0, loop.buffers().takenBytes(), "an empty queue holds no buffer");
    }

    @Test
    void theRestGoesWhenThereIsRoom() throws Exception {
        String all = fill(20_000);
        queue.write(bytes("end"), told("end"));
        assertEquals(all + "end", drainAll());
        assertEquals(List.of("end"), log);
        assertTrue(loop.step(false).done());
    }

    /** The loop waits for the peer as long as something is queued. */
    @Test
    void aLoopWithSomethingQueuedIsNotDone() throws Exception {
        fill(1);
        assertFalse(loop.step(false).done());
        drainAll();
        assertTrue(loop.step(false).done());
    }

    @Test
    void theAgeOfTheFirstMessage() throws Exception {
        fill(1);
        assertEquals(Duration.ZERO, queue.oldestAge());
        clock.advance(MINUTE);
        loop.step(false);
        queue.write(bytes("later"));
        clock.advance(SECOND);
        loop.step(false);
        assertEquals(MINUTE.plus(SECOND), queue.oldestAge());
        drainAll();
        assertEquals(Duration.ZERO, queue.oldestAge());
    }

    @Test
    void theWaterMarks() throws Exception {
        queue.waterMarks(5000, 10_000).listener(new WriteQueueListener() {
            @Override
            public void aboveHighWaterMark(WriteQueue which) {
                assertSame(queue, which);
                log.add("above " + which.pendingBytes());
            }

            @Override
            public void belowLowWaterMark(WriteQueue which) {
                log.add("below");
                assertTrue(which.pendingBytes() <= 5000);
            }
        });
        fill(10_000);
        assertEquals(List.of(), log);
        queue.write(bytes("x".repeat(PART)));
        long pending = queue.pendingBytes();
        assertEquals(List.of(), log, "nobody is told within a call");
        loop.step(false);
        assertEquals(List.of("above " + pending), log);
        queue.write(bytes("x".repeat(PART)));
        loop.step(false);
        drainAll();
        assertEquals(List.of("above " + pending, "below"), log);
        fill(11_000);
        drainAll();
        assertEquals(4, log.size());
        assertThrows(IllegalArgumentException.class, () -> queue.waterMarks(2, 1));
        assertThrows(IllegalArgumentException.class, () -> queue.waterMarks(-1, 1));
    }

    @Test
    void aFullQueueDrops() throws Exception {
        queue.limit(5000, WhenFull.DROP);
        String all = fill(3500);
        ByteBuffer dropped = bytes("d".repeat(2 * PART));
        assertFalse(queue.write(dropped, told("dropped")));
        assertEquals(2 * PART, dropped.remaining());
        assertTrue(queue.write(bytes("fits")));
        assertEquals(1, queue.dropped());
        assertEquals(all + "fits", drainAll());
        assertEquals(List.of(), log);
        assertTrue(queue.write(bytes("l".repeat(6000)), told("longer than the limit")));
        drainAll();
        assertEquals(List.of("longer than the limit"), log);
        assertThrows(IllegalArgumentException.class, () -> queue.limit(0, WhenFull.DROP));
    }

    @Test
    void aFullQueueClosesTheConnection() throws Exception {
        queue.limit(5000, WhenFull.CLOSE);
        fill(3500);
        queue.write(bytes("x"), told("last"));
        queue.listener(new WriteQueueListener() {
            @Override
            public void failed(WriteQueue which, IOException failure) {
                log.add(failure.getMessage().replaceAll("of .* does", "does").replaceAll("[0-9]{4} bytes", "N bytes"));
            }
        });
        assertFalse(queue.write(bytes("d".repeat(2 * PART)), told("too much")));
        assertFalse(near.isOpen());
        assertEquals(List.of(), log);
        loop.step(false);
        assertEquals(List.of("last failed: WriteQueueFullException",
                "the peer does not read: N bytes are queued, and the limit is 5000"), log);
        ClosedChannelException closed = assertThrows(ClosedChannelException.class, () -> queue.write(bytes("after")));
        assertInstanceOf(WriteQueueFullException.class, closed.getCause());
        assertFalse(queue.isOpen());
    }

    /** The task that reads there, and knows nothing of the queue, is told why. */
    @Test
    void aReaderOfAConnectionThatAFullQueueClosesIsToldWhy() throws Exception {
        queue.limit(5000, WhenFull.CLOSE);
        Task<Integer> reader = loop.spawn(() -> near.read(ByteBuffer.allocate(1)));
        loop.step(false);
        fill(3500);
        queue.write(bytes("d".repeat(2 * PART)));
        loop.runUntilDone();
        Throwable closed = assertThrows(ExecutionException.class, reader::join).getCause();
        assertInstanceOf(AsynchronousCloseException.class, closed);
        assertInstanceOf(WriteQueueFullException.class, closed.getCause());
    }

    /** A task waits until the queue is down to the low water mark; in a callback the write is refused. */
    @Test
    void aFullQueueLetsTasksWait() throws Exception {
        queue.limit(20_000, WhenFull.WAIT).waterMarks(5000, 10_000);
        String all = fill(19_500);
        List<Task<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String name = "task " + i;
            writers.add(loop.spawn(() -> {
                assertTrue(queue.write(bytes(name + "x".repeat(PART))));
                log.add(name);
            }));
        }
        loop.callSoon(() -> {
            try {
                assertFalse(queue.write(bytes("x".repeat(PART))));
                assertFalse(queue.write(bytes("")), "not before those who wait");
                log.add("refused");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        Loops.steps(loop, 3);
        assertEquals(List.of("refused"), log);
        String rest = drainAll();
        assertEquals(List.of("refused", "task 0", "task 1", "task 2"), log);
        rest += drainAll();
        assertEquals(all + "task 0" + "x".repeat(PART) + "task 1" + "x".repeat(PART) + "task 2" + "x".repeat(PART),
                rest);
        assertEquals(0, queue.dropped());
        for (Task<Void> writer : writers) {
            writer.join();
        }
    }

    @Test
    void aCancelOfATaskThatWaitsForRoom() throws Exception {
        queue.limit(5000, WhenFull.WAIT);
        String all = fill(4500);
        Task<Void> first = loop.spawn(() -> {
            ByteBuffer message = bytes("1".repeat(PART));
            assertThrows(InterruptedIOException.class, () -> queue.write(message));
            assertEquals(PART, message.remaining());
        });
        Task<Void> second = loop.spawn(() -> {
            queue.write(bytes("2".repeat(PART)));
        });
        loop.step(false);
        first.cancel();
        loop.step(false);
        assertEquals(all + "2".repeat(PART), drainAll() + drainAll());
        loop.runUntilDone();
        first.join();
        second.join();
    }

    /** A task that has got room, and whose message cannot be copied, leaves the room to the next. */
    @Test
    void aTaskThatCannotUseItsRoom() throws Exception {
        queue.limit(20_000, WhenFull.WAIT);
        fill(19_500);
        Arena arena = Arena.ofShared();
        ByteBuffer lost = arena.allocate(20_000).asByteBuffer();
        Task<Void> first = loop.spawn(() -> {
            assertThrows(IllegalStateException.class, () -> queue.write(lost));
        });
        Task<Void> second = loop.spawn(() -> {
            queue.write(bytes("2".repeat(20_000)));
        });
        loop.step(false);
        arena.close();
        drainAll();
        Loops.steps(loop, 5);
        assertTrue(first.isDone());
        assertTrue(second.isDone());
        assertTrue(drainAll().endsWith("2"));
        first.join();
        second.join();
    }

    @Test
    void theCloseWhileTasksWaitForRoom() throws Exception {
        queue.limit(5000, WhenFull.WAIT);
        String all = fill(4500);
        Task<Void> task = loop.spawn(() -> {
            assertThrows(ClosedChannelException.class, () -> queue.write(bytes("1".repeat(PART))));
        });
        loop.step(false);
        queue.close();
        Loops.steps(loop, 2);
        assertTrue(task.isDone());
        task.join();
        assertEquals(all, drainAll());
    }

    @Test
    void theCloseComesBehindWhatIsQueued() throws Exception {
        String all = fill(10_000);
        queue.write(bytes("end"), told("end"));
        queue.close();
        queue.close();
        assertThrows(ClosedChannelException.class, () -> queue.write(bytes("more")));
        assertTrue(near.isOpen());
        assertEquals(all + "end", drainAll());
        assertFalse(near.isOpen());
        assertEquals(List.of("end"), log);
        Looks.until(() -> Sockets.recv(far, address(), 1, 0) == 0); // another thread may do the close
        queue.cut();
        queue.close();
    }

    @Test
    void theCloseOfAnEmptyQueue() {
        queue.close();
        assertFalse(near.isOpen());
    }

    @Test
    void theCloseCutsAfterATime() throws Exception {
        fill(10_000);
        queue.write(bytes("end"), told("end"));
        queue.close(MINUTE);
        clock.advance(MINUTE.minusNanos(1));
        loop.step(false);
        assertTrue(near.isOpen());
        clock.advance(Duration.ofNanos(1));
        Loops.steps(loop, 2);
        assertFalse(near.isOpen());
        assertEquals(List.of("end failed: SocketTimeoutException"), log);
    }

    /** The timer does not outlive the close. */
    @Test
    void theCloseInTime() throws Exception {
        String all = fill(10_000);
        queue.close(HOUR);
        assertEquals(all, drainAll());
        assertFalse(near.isOpen());
        assertTrue(loop.step(false).done());
    }

    @Test
    void theEndOfTheOutput() throws Exception {
        String all = fill(10_000);
        queue.shutdownOutput();
        assertThrows(ClosedChannelException.class, () -> queue.write(bytes("more")));
        assertEquals(all, drainAll());
        assertEquals(0, Sockets.recv(far, address(), 1, Sockets.MSG_DONTWAIT));
        assertTrue(near.isOpen());
        RawSockets.send(far, 1);
        assertEquals(1, near.tryRead(ByteBuffer.allocate(1)));
        queue.close();
        assertFalse(near.isOpen());
    }

    @Test
    void aCutFailsWhatIsQueued() throws Exception {
        queue.listener(new WriteQueueListener() {
            @Override
            public void failed(WriteQueue which, IOException failure) {
                log.add("who cuts knows it");
            }
        });
        fill(1);
        queue.write(bytes("a"), told("a"));
        queue.write(bytes("b"), told("b"));
        queue.cut();
        assertEquals(List.of(), log);
        loop.step(false);
        assertEquals(List.of("a failed: AsynchronousCloseException", "b failed: AsynchronousCloseException"), log);
        assertEquals(0, queue.pendingBytes());
    }

    /** Before anything was tried, too. */
    @Test
    void theDescriptorIsClosedByOthers() throws Exception {
        queue.write(bytes("a"), told("a"));
        queue.listener(new WriteQueueListener() {
            @Override
            public void failed(WriteQueue which, IOException failure) {
                log.add(failure);
            }
        });
        near.close();
        loop.step(false);
        assertEquals("a failed: AsynchronousCloseException", log.getFirst());
        assertInstanceOf(AsynchronousCloseException.class, log.getLast());
    }

    @Test
    void theLoopIsClosed() throws Exception {
        fill(1);
        queue.write(bytes("a"), told("a"));
        loop.close();
        assertEquals(List.of("a failed: AsynchronousCloseException"), log);
    }

    @Test
    void thePeerHasGone() throws Exception {
        fill(1);
        queue.write(bytes("a"), told("a"));
        Task<Void> flushing = loop.spawn(() -> {
            IOException failure = assertThrows(ClosedChannelException.class, () -> queue.flush());
            assertInstanceOf(BrokenPipeException.class, failure.getCause());
        });
        loop.step(false);
        RawSockets.close(far);
        far = -1;
        Loops.steps(loop, 3);
        assertEquals(List.of("a failed: BrokenPipeException"), log);
        assertFalse(near.isOpen(), "by default the connection is closed");
        flushing.join();
    }

    /** The listener decides: the connection may still be read. */
    @Test
    void aFailureThatLeavesTheConnectionOpen() throws Exception {
        queue.listener(new WriteQueueListener() {
            @Override
            public void failed(WriteQueue which, IOException failure) {
                log.add(failure.getClass().getSimpleName());
            }
        });
        near.shutdownOutput();
        queue.write(bytes("a"), told("a"));
        loop.step(false);
        assertEquals(List.of("a failed: BrokenPipeException", "BrokenPipeException"), log);
        assertThrows(ClosedChannelException.class, () -> queue.write(bytes("b")));
        RawSockets.send(far, 1);
        assertEquals(1, near.tryRead(ByteBuffer.allocate(1)));
    }

    /** A Unix socket that is full reports nothing when its output ends, so the queue is told by the call. */
    @Test
    void theOutputEndsWhileTheQueueWaits() throws Exception {
        fill(1);
        queue.write(bytes("a"), told("a"));
        near.shutdownOutput();
        Loops.steps(loop, 2);
        assertEquals(List.of("a failed: BrokenPipeException"), log);
    }

    /** Each is told once, and the others are told, too. */
    @Test
    void aCompletionThatThrows() throws Exception {
        queue.write(bytes("a"), () -> {
            throw new IllegalStateException("by the test");
        });
        queue.write(bytes("b"), told("b"));
        try (LogCapture captured = new LogCapture()) {
            Loops.steps(loop, 3);
            assertEquals(1, captured.messages().size());
        }
        assertEquals(List.of("b"), log);
        assertEquals("ab", drain());
    }

    @Test
    void aCompletionThatWrites() throws Exception {
        queue.write(bytes("a"), () -> {
            try {
                queue.write(bytes("b"), told("b"));
                log.add("a");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        loop.step(false);
        assertEquals(List.of("a"), log);
        loop.step(false);
        assertEquals(List.of("a", "b"), log);
        assertEquals("ab", drain());
    }

    @Test
    void aCompletionThatCloses() throws Exception {
        queue.write(bytes("a"), queue::close);
        queue.write(bytes("b"), told("b"));
        loop.step(false);
        assertEquals(List.of("b"), log);
        assertFalse(near.isOpen());
        assertEquals("ab", drain());
    }

    /** While a completion waits for a lock, the messages after it go, and are told after it. */
    @Test
    void aCompletionThatWaits() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        queue.write(bytes("a"), () -> {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            log.add("a");
        });
        loop.step(false);
        queue.write(bytes("b"), told("b"));
        Loops.steps(loop, 2);
        assertEquals("ab", drain());
        assertEquals(List.of(), log);
        latch.countDown();
        Loops.steps(loop, 2);
        assertEquals(List.of("a", "b"), log);
    }

    @Test
    void aTaskWaitsUntilAllHasGone() throws Exception {
        fill(5000);
        Task<Void> task = loop.spawn(() -> {
            assertThrows(SocketTimeoutException.class, () -> queue.flush(MINUTE));
            log.add("timed out");
            queue.flush();
            log.add("gone");
            queue.flush();
        });
        loop.callSoon(() -> assertThrows(IllegalStateException.class, queue::flush));
        loop.step(false);
        clock.advance(MINUTE);
        Loops.steps(loop, 2);
        assertEquals(List.of("timed out"), log);
        drainAll();
        loop.runUntilDone();
        task.join();
        assertEquals(List.of("timed out", "gone"), log);
    }

    @Test
    void otherThreadsAreRefused() throws Exception {
        Thread thread = Thread.ofPlatform().start(() -> {
            for (Executable call : List.<Executable>of(() -> queue.write(bytes("a")), queue::flush, queue::close,
                    queue::cut, queue::shutdownOutput,
                    () -> queue.limit(1, WhenFull.DROP), () -> queue.waterMarks(1, 2), queue::oldestAge)) {
                try {
                    assertThrows(WrongThreadException.class, call);
                    log.add("refused");
                } catch (AssertionError e) {
                    log.add(e);
                }
            }
            loop.callSoon(() -> {
                try {
                    queue.write(bytes("by callSoon"));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        });
        thread.join();
        assertEquals(Collections.nCopies(8, "refused"), log);
        Loops.steps(loop, 2);
        assertEquals("by callSoon", drain());
    }

    @Test
    void whatIsNoStreamOfBytes() throws Exception {
        DatagramEndpoint[] datagrams = DatagramEndpoint.pair(loop);
        assertThrows(IllegalArgumentException.class, () -> WriteQueue.over(datagrams[0].descriptor()));
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        assertThrows(IllegalArgumentException.class, () -> WriteQueue.over(records[0].descriptor()));
        for (int i = 0; i < 2; i++) {
            datagrams[i].close();
            records[i].close();
        }
        assertThrows(IllegalStateException.class, () -> WriteQueue.over(near));
        int[] ends = RawSockets.pair();
        RawSockets.close(ends[1]);
        Descriptor closed = loop.own(ends[0]);
        closed.close();
        assertThrows(ClosedChannelException.class, () -> WriteQueue.over(closed));
    }

    @Test
    void aPipe() throws Exception {
        int[] pipe = Libc.pipe();
        Descriptor in = loop.adopt(pipe[0]);
        Descriptor out = loop.adopt(pipe[1]);
        WriteQueue into = WriteQueue.over(out);
        StringBuilder sent = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            String part = i + " " + "x".repeat(i % 100);
            into.write(bytes(part), i % 500 == 0 ? told(Integer.toString(i)) : null);
            sent.append(part);
        }
        Task<Void> reader = loop.spawn(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(1000);
            while (in.read(buffer.clear()) > 0) {
                received.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
            }
            in.close();
        });
        into.close();
        loop.runUntilDone();
        reader.join();
        assertEquals(sent.toString(), received.toString());
        assertEquals(List.of("0", "500", "1000", "1500"), log);
    }
}
