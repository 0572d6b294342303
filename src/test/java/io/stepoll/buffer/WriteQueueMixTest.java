package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What may be mixed on one connection with a queue, and in which order the bytes of the two go. */
@Timeout(60)
class WriteQueueMixTest extends VirtualTimeFixture {
    private static final int LONG = 400_000; // more than a socket takes

    private final List<Object> log = new ArrayList<>();
    private StreamSocket near;
    private StreamSocket far;
    private WriteQueue queue;

    private void connect(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        near = pair[0];
        far = pair[1];
        RawSockets.smallSendBuffer(near.descriptor().fd(), 4096);
        queue = WriteQueue.over(near);
    }

    @AfterEach
    void closeEnds() {
        near.close();
        far.close();
        Loops.steps(loop, 3);
        assertEquals(0, loop.buffers().takenBytes());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** A task of the peer that reads so many bytes. */
    private Task<String> peerReads(int count) {
        return loop.spawn(() -> {
            StringBuilder all = new StringBuilder();
            ByteBuffer buffer = ByteBuffer.allocate(10_000);
            while (all.length() < count) {
                far.read(buffer.clear());
                all.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
            }
            return all.toString();
        });
    }

    @ParameterizedTest
    @EnumSource
    void aTaskReadsBesideTheQueue(StreamKind kind) throws Exception {
        connect(kind);
        Task<String> reader = loop.spawn(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(10);
            near.read(buffer);
            return StandardCharsets.US_ASCII.decode(buffer.flip()).toString();
        });
        queue.write(bytes("q".repeat(LONG)));
        Loops.steps(loop, 2);
        assertTrue(queue.pendingBytes() > 0);
        Task<?> answer = loop.spawn(() -> far.write(bytes("hello")));
        loop.step(false);
        Loops.steps(loop, 3);
        assertTrue(answer.isDone());
        assertEquals("hello", reader.join());
        Task<String> peer = peerReads(LONG);
        loop.runUntilDone();
        assertEquals("q".repeat(LONG), peer.join());
    }

    /** The handler never asks for write readiness; and the queue needs no handler. */
    @ParameterizedTest
    @EnumSource
    void aHandlerReadsBesideTheQueue(StreamKind kind) throws Exception {
        connect(kind);
        queue.write(bytes("q".repeat(LONG)));
        loop.step(false);
        near.descriptor().handle(descriptor -> {
            ByteBuffer buffer = ByteBuffer.allocate(10);
            if (descriptor.tryRead(buffer) > 0) {
                log.add(StandardCharsets.US_ASCII.decode(buffer.flip()).toString());
                queue.write(bytes("echo"));
            }
        }, true, false);
        assertTrue(queue.pendingBytes() > 0);
        Task<?> asks = loop.spawn(() -> far.write(bytes("hello")));
        Task<String> peer = peerReads(LONG + 4);
        Loops.steps(loop, 2);
        while (!peer.isDone()) {
            loop.step(false);
        }
        assertTrue(asks.isDone());
        assertEquals(List.of("hello"), log);
        assertEquals("q".repeat(LONG) + "echo", peer.join());
        near.descriptor().handle(null, false, false);
    }

    /** A handler is not idle as long as the queue has something, and its connection is not closed by a shutdown. */
    @ParameterizedTest
    @EnumSource
    void aConnectionWithSomethingQueuedIsNotIdle(StreamKind kind) throws Exception {
        connect(kind);
        near.descriptor().handle(_ -> {}, true, false);
        queue.write(bytes("q".repeat(LONG)), () -> log.add("gone"));
        near.descriptor().closeWhenIdle();
        Loops.steps(loop, 5);
        assertTrue(near.isOpen());
        Task<String> peer = peerReads(LONG);
        while (near.isOpen()) {
            loop.step(false);
        }
        assertEquals(List.of("gone"), log);
        loop.runUntilDone();
        assertEquals("q".repeat(LONG), peer.join());
    }

    /** The handler writes what it has itself, in the room that the queue leaves, and behind what is queued. */
    @ParameterizedTest
    @EnumSource
    void aHandlerWritesBehindTheQueue(StreamKind kind) throws Exception {
        connect(kind);
        ByteBuffer own = bytes("h".repeat(LONG));
        near.descriptor().handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) {}

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                if (queue.pendingBytes() > 0) {
                    assertEquals(Descriptor.WOULD_BLOCK, descriptor.tryWrite(own));
                    log.add("no room");
                } else {
                    descriptor.tryWrite(own);
                }
                if (!own.hasRemaining()) {
                    descriptor.handle(this, true, false);
                }
            }
        }, true, true);
        queue.write(bytes("q".repeat(LONG)));
        Task<String> peer = peerReads(2 * LONG);
        int steps = 0;
        while (!peer.isDone()) {
            loop.step(false);
            steps++;
        }
        String received = peer.join();
        int begin = received.indexOf('q'); // the handler may have written before the queue began
        assertEquals("q".repeat(LONG), received.substring(begin, begin + LONG));
        assertEquals(2 * LONG, received.length());
        assertTrue(log.size() <= steps, "the handler is not called again and again for nothing");
        near.descriptor().handle(null, false, false);
    }

    /** A task's write is whole, and so is each message: none comes into the middle of the other. */
    @ParameterizedTest
    @EnumSource
    void aTaskWritesBesideTheQueue(StreamKind kind) throws Exception {
        connect(kind);
        queue.write(bytes("1".repeat(LONG)));
        loop.step(false);
        Task<Void> direct = loop.spawn(() -> {
            near.write(bytes("d".repeat(LONG)));
            log.add("direct");
        });
        loop.step(false);
        queue.write(bytes("2".repeat(10)), () -> log.add("second"));
        assertEquals(Descriptor.WOULD_BLOCK, near.tryWrite(bytes("x")));
        Task<String> peer = peerReads(2 * LONG + 10);
        loop.runUntilDone();
        direct.join();
        assertEquals("1".repeat(LONG) + "d".repeat(LONG) + "2".repeat(10), peer.join());
        assertEquals(List.of("direct", "second"), log);
    }

    /** While a task is within a write the queue waits for its turn; nobody else writes then. */
    @ParameterizedTest
    @EnumSource
    void theQueueWaitsForATasksWrite(StreamKind kind) throws Exception {
        connect(kind);
        Task<Void> direct = loop.spawn(() -> {
            near.write(bytes("d".repeat(LONG)));
        });
        loop.step(false);
        assertFalse(direct.isDone());
        queue.write(bytes("queued"), () -> log.add("queued"));
        Loops.steps(loop, 3);
        assertEquals(6, queue.pendingBytes());
        Task<String> peer = peerReads(LONG + 6);
        loop.runUntilDone();
        direct.join();
        assertEquals("d".repeat(LONG) + "queued", peer.join());
        assertEquals(List.of("queued"), log);
    }

    /** A task that writes directly is not starved by a queue that never gets empty. */
    @ParameterizedTest
    @EnumSource
    void aDirectWriteComesInItsTurn(StreamKind kind) throws Exception {
        connect(kind);
        queue.limit(1 << 30, WriteQueue.WhenFull.DROP);
        int[] written = new int[1];
        WriteCompletion[] again = new WriteCompletion[1];
        again[0] = () -> {
            try {
                if (written[0]++ < 1000) {
                    queue.write(bytes("q".repeat(1000)), again[0]);
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };
        for (int i = 0; i < 500; i++) {
            queue.write(bytes("q".repeat(1000)), again[0]);
        }
        loop.step(false);
        Task<Integer> direct = loop.spawn(() -> {
            near.write(bytes("d"));
            return written[0];
        });
        loop.step(false);
        Task<String> peer = peerReads(1_500_001);
        loop.runUntilDone();
        assertTrue(direct.join() < 1000, () -> "after " + written[0]);
        assertEquals(0, peer.join().indexOf('d') % 1000, "between two messages");
    }

    @ParameterizedTest
    @EnumSource
    void aSecondQueueIsRefused(StreamKind kind) throws Exception {
        connect(kind);
        assertThrows(IllegalStateException.class, () -> WriteQueue.over(near));
        assertThrows(IllegalStateException.class, () -> WriteQueue.over(near.descriptor()));
    }

    /** Many tasks and callbacks write at once: each message is whole, and each writer's messages are in their order. */
    @ParameterizedTest
    @EnumSource
    void manyWriters(StreamKind kind) throws Exception {
        connect(kind);
        queue.limit(50_000, WriteQueue.WhenFull.WAIT);
        int writers = 10;
        int each = 200;
        for (int i = 0; i < writers; i++) {
            char name = (char) ('a' + i);
            loop.spawn(() -> {
                for (int number = 0; number < each; number++) {
                    queue.write(bytes(name + " " + number + " " + "x".repeat(number) + "\n"));
                }
                log.add(name);
            });
        }
        Task<String> peer = loop.spawn(() -> {
            StringBuilder all = new StringBuilder();
            ByteBuffer buffer = ByteBuffer.allocate(10_000);
            while (far.read(buffer.clear()) > 0) {
                all.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
            }
            return all.toString();
        });
        loop.spawn(() -> {
            while (log.size() < writers) {
                loop.sleep(SECOND);
            }
            queue.close();
        });
        loop.runUntilDone();
        int[] next = new int[writers];
        for (String line : peer.join().split("\n")) {
            String[] parts = line.split(" ", -1);
            int writer = parts[0].charAt(0) - 'a';
            assertEquals(next[writer]++, Integer.parseInt(parts[1]));
            assertEquals("x".repeat(next[writer] - 1), parts[2]);
        }
        for (int count : next) {
            assertEquals(each, count);
        }
    }
}
