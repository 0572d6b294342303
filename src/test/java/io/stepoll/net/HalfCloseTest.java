package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.support.Loops;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One direction of a stream socket ends while the other one goes on or ends, too. On each kind of stream socket. */
@Timeout(60)
class HalfCloseTest extends SocketFixture {
    private StreamSocket here;
    private StreamSocket there;

    private void connect(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        here = pair[0];
        there = pair[1];
    }

    private static int read(StreamSocket socket) throws IOException {
        return socket.read(ByteBuffer.allocate(100));
    }

    /** The end comes after the bytes that were sent, and again at each read. The way back stays open until it ends. */
    @ParameterizedTest
    @EnumSource
    void oneDirectionThenTheOther(StreamKind kind) throws Exception {
        connect(kind);
        inTask(() -> {
            here.write(ByteBuffer.allocate(3));
            here.shutdownOutput();
            here.shutdownOutput(); // the second call changes nothing
            assertEquals(3, read(there));
            assertEquals(-1, read(there));
            assertEquals(-1, read(there));
            assertEquals(5, there.write(ByteBuffer.allocate(5)));
            assertEquals(5, read(here));
            assertThrows(BrokenPipeException.class, () -> here.write(ByteBuffer.allocate(1)));
            there.shutdownOutput();
            assertEquals(-1, read(here));
            assertTrue(here.isOpen() && there.isOpen());
        });
    }

    /** A task that waits to read on the side that ends its output goes on waiting and gets the answer. */
    @ParameterizedTest
    @EnumSource
    void whileAReaderWaits(StreamKind kind) throws Exception {
        connect(kind);
        Task<Integer> reader = loop.spawn(() -> read(here));
        Task<Integer> question = loop.spawn(() -> {
            int count = 0;
            while (read(there) >= 0) {
                count++;
            }
            there.write(ByteBuffer.allocate(7));
            return count;
        });
        loop.step(false);
        here.shutdownOutput();
        loop.runUntilDone();
        assertEquals(0, question.join());
        assertEquals(7, reader.join());
    }

    /** A task that waits for room to write on the side that ends its output gets a BrokenPipeException. */
    @ParameterizedTest
    @EnumSource
    void whileAWriterWaits(StreamKind kind) throws Exception {
        connect(kind);
        Task<Integer> writer = loop.spawn(() -> here.write(ByteBuffer.allocateDirect(StreamKind.MUCH)));
        Loops.steps(loop, 100);
        assertFalse(writer.isDone());
        here.shutdownOutput();
        loop.runUntilDone();
        assertInstanceOf(BrokenPipeException.class, assertThrows(ExecutionException.class, writer::join).getCause());
    }

    /** Both sides send much and end their outputs at the same time. */
    @ParameterizedTest
    @EnumSource
    void bothAtOnce(StreamKind kind) throws Exception {
        connect(kind);
        List<Task<Long>> tasks = new ArrayList<>();
        for (StreamSocket socket : List.of(here, there)) {
            tasks.add(loop.spawn(() -> {
                long sent = socket.write(ByteBuffer.allocateDirect(StreamKind.MUCH / 8));
                socket.shutdownOutput();
                return sent;
            }));
            tasks.add(loop.spawn(() -> {
                long received = 0;
                ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
                for (int count = 0; count >= 0; count = socket.read(buffer.clear())) {
                    received += count;
                }
                return received;
            }));
        }
        loop.runUntilDone();
        for (Task<Long> task : tasks) {
            assertEquals(StreamKind.MUCH / 8, task.join());
        }
    }

    /** A handler reads the end once, without being called again and again for it, and then answers. */
    @ParameterizedTest
    @EnumSource
    void inAHandler(StreamKind kind) throws Exception {
        connect(kind);
        List<Integer> reads = new ArrayList<>();
        there.descriptor().handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                int count = descriptor.tryRead(ByteBuffer.allocate(100));
                reads.add(count);
                if (count < 0) {
                    descriptor.handle(this, false, true);
                }
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                descriptor.tryWrite(ByteBuffer.allocate(9));
                descriptor.close();
            }
        }, true, false);
        Task<Integer> answer = loop.spawn(() -> {
            here.write(ByteBuffer.allocate(4));
            here.shutdownOutput();
            return read(here) * 100 + read(here);
        });
        loop.runUntilDone();
        assertEquals(9 * 100 - 1, answer.join());
        reads.removeIf(count -> count == Descriptor.WOULD_BLOCK); // a first call, before the readiness was known
        assertEquals(List.of(4, -1), reads);
    }
}
