package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.StreamKind;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One direction ends while the other one goes on, or does not; on stream sockets of each kind. */
@Timeout(60)
class HalfCloseTest {
    /** More than the kernel's buffers take. */
    private static final int MUCH = 32 << 20;

    private EventLoop loop;
    private StreamSocket here;
    private StreamSocket there;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private void connect(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        here = pair[0];
        there = pair[1];
    }

    private void inTask(TaskBody body) throws Exception {
        Task<Void> task = loop.spawn(body);
        loop.runUntilDone();
        task.join();
    }

    private static int read(StreamSocket socket) throws IOException {
        return socket.read(ByteBuffer.allocate(100));
    }

    /** The end comes behind what was sent, and again at each read; the way back is open until it ends itself. */
    @ParameterizedTest
    @EnumSource
    void oneDirectionThenTheOther(StreamKind kind) throws Exception {
        connect(kind);
        inTask(() -> {
            here.write(ByteBuffer.allocate(3));
            here.shutdownOutput();
            here.shutdownOutput(); // once more says nothing new
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

    /** Who waits to read on the side that ends its sending goes on waiting, and gets the answer. */
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

    /** Who waits for room to write on the side that ends its sending is told. */
    @ParameterizedTest
    @EnumSource
    void whileAWriterWaits(StreamKind kind) throws Exception {
        connect(kind);
        Task<Integer> writer = loop.spawn(() -> here.write(ByteBuffer.allocateDirect(MUCH)));
        inTaskWhile(writer);
        here.shutdownOutput();
        loop.runUntilDone();
        assertInstanceOf(BrokenPipeException.class, assertThrows(ExecutionException.class, writer::join).getCause());
    }

    private void inTaskWhile(Task<?> waiting) {
        for (int i = 0; i < 100; i++) {
            loop.step(false);
        }
        assertTrue(!waiting.isDone());
    }

    /** Both at once, each with much to send. */
    @ParameterizedTest
    @EnumSource
    void bothAtOnce(StreamKind kind) throws Exception {
        connect(kind);
        List<Task<Long>> tasks = new ArrayList<>();
        for (StreamSocket socket : List.of(here, there)) {
            tasks.add(loop.spawn(() -> {
                long sent = socket.write(ByteBuffer.allocateDirect(MUCH / 8));
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
            assertEquals(MUCH / 8, task.join());
        }
    }

    /** In callbacks: the end is told once it is read, without a spin, and the answer goes the other way. */
    @ParameterizedTest
    @EnumSource
    void inCallbacks(StreamKind kind) throws Exception {
        connect(kind);
        List<Integer> reads = new ArrayList<>();
        there.descriptor().handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                int count = descriptor.recvNow(ByteBuffer.allocate(100));
                reads.add(count);
                if (count < 0) {
                    descriptor.handle(this, false, true);
                }
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                descriptor.sendNow(ByteBuffer.allocate(9));
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
        reads.removeIf(count -> count == 0); // tried once, as nothing was known of it
        assertEquals(List.of(4, -1), reads);
    }
}
