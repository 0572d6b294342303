package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Task;
import io.stepoll.buffer.SharedMessage;
import io.stepoll.buffer.WriteCompletion;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.StreamChannel;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Loops;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A write queue over TLS. */
@Timeout(60)
class TlsWriteQueueTest extends TlsFixture {
    private static final int LONG = 1_000_000;
    private static final int LEAST_RECORD = 10_022; // with 10 000 bytes: what TLS 1.3 adds

    private final List<String> log = new ArrayList<>();

    private Task<String> readsAll(TlsSocket socket) {
        return loop.spawn(() -> {
            StringBuilder all = new StringBuilder();
            ByteBuffer buffer = ByteBuffer.allocate(1 << 14);
            while (socket.read(buffer.clear()) >= 0) {
                all.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
            }
            return all.toString();
        });
    }

    /** Messages come in their order and whole; the close comes behind them, and with a close_notify. */
    @ParameterizedTest
    @EnumSource
    void messagesAndTheClose(Tls tls) throws Exception {
        StringBuilder expected = new StringBuilder();
        Task<String> received = loop.spawn(() -> {
            Ends ends = connectedByUnixSocket(tls);
            WriteQueue queue = WriteQueue.over(ends.client());
            queue.limit(2 * LONG, WriteQueue.WhenFull.DROP);
            for (int i = 0; i < 1000; i++) {
                String message = i + " " + "x".repeat(i) + "\n";
                assertTrue(queue.write(bytes(message), i % 100 == 0 ? () -> log.add("told") : null));
                expected.append(message);
            }
            try (SharedMessage message = SharedMessage.copyOf(loop, bytes("s".repeat(100_000)))) {
                queue.write(message);
                expected.append("s".repeat(100_000));
            }
            loop.sleep(Duration.ZERO);
            assertTrue(queue.pendingBytes() > 0, "a peer that does not read yet");
            queue.close();
            String all = readsAll(ends.server()).join();
            ends.close();
            return all;
        });
        loop.runUntilDone();
        assertEquals(expected.toString(), received.join());
        assertEquals(10, log.size());
        assertEquals(0, loop.buffers().takenBytes());
    }

    /** A task that reads, and one that writes directly: that write is whole, and so are the messages. */
    @ParameterizedTest
    @EnumSource
    void directWritesAndReadsBesideTheQueue(Tls tls) throws Exception {
        Task<String> received = loop.spawn(() -> {
            Ends ends = connectedByUnixSocket(tls);
            WriteQueue queue = WriteQueue.over(ends.client());
            queue.write(bytes("q".repeat(LONG)));
            Task<?> reads = loop.spawn(() -> assertReads("hello", ends.client()));
            Task<?> direct = loop.spawn(() -> ends.client().write(bytes("d".repeat(LONG))));
            loop.sleep(Duration.ZERO);
            ends.server().write(bytes("hello"));
            reads.join();
            assertFalse(direct.isDone());
            Task<String> peer = readsAll(ends.server());
            direct.join();
            queue.write(bytes("last"), () -> log.add("last"));
            queue.flush();
            queue.close();
            String all = peer.join();
            ends.close();
            return all;
        });
        loop.runUntilDone();
        assertEquals("q".repeat(LONG) + "d".repeat(LONG) + "last", received.join());
        assertEquals(List.of("last"), log);
    }

    /** A message counts as gone when its record has gone, and not when the engine has made it. */
    @ParameterizedTest
    @EnumSource
    void aMessageHasGoneWithItsRecord(Tls tls) throws Exception {
        inTask(() -> {
            Ends ends = connectedByUnixSocket(tls);
            WriteQueue queue = WriteQueue.over(ends.client());
            int[] told = new int[1];
            int count = 0;
            while (queue.pendingBytes() == 0) { // until the socket is full
                queue.write(bytes("x".repeat(10_000)), () -> told[0]++);
                count++;
                loop.sleep(Duration.ZERO);
                loop.sleep(Duration.ZERO);
            }
            assertEquals(count - 1, told[0]);
            int inTheKernel = Sockets.available(ends.server().descriptor().fd());
            assertTrue(inTheKernel >= told[0] * LEAST_RECORD, () -> told[0] + " told, and " + inTheKernel + " bytes");
            Task<String> peer = readsAll(ends.server());
            queue.flush();
            assertEquals(count, told[0]);
            queue.shutdownOutput();
            assertEquals(count * 10_000, peer.join().length());
            ends.close();
        });
    }

    @Test
    void beforeTheHandshakeThereIsNone() throws Exception {
        inTask(() -> {
            Ends ends = ends(Tls.TLS_13.client().build(), Tls.TLS_13.server().build(), StreamKind.UNIX);
            assertThrows(IllegalStateException.class, () -> WriteQueue.over(ends.client()));
            handshake(ends);
            WriteQueue queue = WriteQueue.over(ends.client());
            assertThrows(IllegalStateException.class, () -> WriteQueue.over(ends.client()));
            queue.write(bytes("now"));
            assertReads("now", ends.server());
            ends.close();
        });
    }

    /** The peer cuts the connection: what is queued fails, with the error of the system call. */
    @ParameterizedTest
    @EnumSource
    void thePeerHasGone(Tls tls) throws Exception {
        inTask(() -> {
            Ends ends = connectedByUnixSocket(tls);
            WriteQueue queue = WriteQueue.over(ends.client());
            queue.write(bytes("q".repeat(LONG)), new WriteCompletion() {
                @Override
                public void written() {
                    log.add("written");
                }

                @Override
                public void failed(IOException failure) {
                    log.add(failure.getClass().getSimpleName());
                }
            });
            loop.sleep(Duration.ZERO);
            ends.server().socket().close();
            while (log.isEmpty()) {
                loop.sleep(Duration.ZERO);
            }
            assertEquals(1, log.size());
            assertTrue(List.of("BrokenPipeException", "ConnectionResetException").contains(log.getFirst()),
                    log::toString);
            assertFalse(ends.client().isOpen());
            ends.close();
        });
        assertEquals(0, loop.buffers().takenBytes());
    }

    /** A handler that reads with tryRead, while the queue writes. */
    @ParameterizedTest
    @EnumSource
    void aHandlerReadsBesideTheQueue(Tls tls) throws Exception {
        Ends[] ends = new Ends[1];
        inTask(() -> {
            ends[0] = connectedByUnixSocket(tls);
        });
        TlsSocket client = ends[0].client();
        WriteQueue queue = WriteQueue.over(client);
        client.descriptor().handle(descriptor -> {
            ByteBuffer buffer = ByteBuffer.allocate(100);
            int count = client.tryRead(buffer);
            while (count > 0) {
                log.add(StandardCharsets.US_ASCII.decode(buffer.flip()).toString());
                queue.write(bytes("answer"));
                count = client.tryRead(buffer.clear());
            }
        }, true, false);
        queue.write(bytes("q".repeat(LONG)));
        Loops.steps(loop, 2);
        Task<?> asks = loop.spawn(() -> ends[0].server().write(bytes("ask")));
        while (log.isEmpty()) {
            loop.step(false);
        }
        assertTrue(asks.isDone());
        Task<?> reads = loop.spawn(() -> assertReads("q".repeat(LONG) + "answer", ends[0].server()));
        while (!reads.isDone()) {
            loop.step(false);
        }
        reads.join();
        client.descriptor().handle(null, false, false);
        ends[0].close();
    }

    /** The same queue over a plain socket, by the interface that both have. */
    @Test
    void aStreamChannel() throws Exception {
        inTask(() -> {
            StreamSocket[] pair = StreamSocket.pair(loop);
            StreamChannel channel = pair[0];
            WriteQueue.over(channel).write(bytes("plain"));
            assertReads("plain", pair[1]);
            pair[0].close();
            pair[1].close();
        });
    }
}
