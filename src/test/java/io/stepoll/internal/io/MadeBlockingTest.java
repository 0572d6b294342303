package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.support.FileKind;
import io.stepoll.support.FileKind.Source;
import io.stepoll.support.Libc;
import io.stepoll.support.RawSockets;
import io.stepoll.support.Rescuer;
import io.stepoll.support.TaskResults;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whoever else has a descriptor may make it blocking while a loop has it, since O_NONBLOCK belongs to the open file.
 * The loop does not stand in its calls.
 */
@Timeout(60)
class MadeBlockingTest {
    private static final int MUCH = 300_000;
    private static final int LINES = 5000;

    @TempDir
    Path folder;

    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    /** What another process does that shares the open file: here by a duplicate. */
    private static void makeBlocking(int fd) {
        int other = RawSockets.check(Libc.dup(fd));
        int flags = RawSockets.check(Descriptors.getStatusFlags(other));
        RawSockets.check(Descriptors.setStatusFlags(other, flags & ~Descriptors.O_NONBLOCK));
        RawSockets.close(other);
    }

    @ParameterizedTest
    @EnumSource
    void reads(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            makeBlocking(source.fd);
            try (Rescuer rescuer = new Rescuer(source.fd, () -> feed(source))) {
                ByteBuffer buffer = FileKind.buffer();
                int none = descriptor.tryRead(buffer);
                assertEquals("", rescuer.stood(), "the loop stood in system calls");
                assertEquals(Descriptor.WOULD_BLOCK, none);
                Task<Integer> reader = loop.spawn(() -> descriptor.read(buffer));
                loop.step(false);
                feed(source);
                assertEquals(source.bytes(), TaskResults.of(loop, reader));
                assertEquals("", rescuer.stood(), "the loop stood in system calls");
            }
        }
    }

    private static void feed(Source source) {
        try {
            source.feed();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void writesToAPipe() throws Exception {
        int[] pipe = Libc.pipe();
        writes(pipe[1], pipe[0], MUCH);
    }

    @Test
    void writesToATerminal() throws Exception {
        int[] ends = Libc.terminal();
        writes(ends[1], ends[0], LINES);
    }

    /** Fills the sink without waiting, then writes more in a task while the other end is read. */
    private void writes(int fd, int other, int count) throws Exception {
        Descriptor sink = loop.adopt(fd);
        Descriptor source = loop.adopt(other);
        makeBlocking(fd);
        try (Rescuer rescuer = new Rescuer(fd, () -> Libc.read(other, 1 << 16))) {
            int went = 0;
            for (int now = 1; now > 0; now = sink.tryWrite(ByteBuffer.wrap(new byte[count]))) {
                assertEquals("", rescuer.stood(), "the loop stood in system calls");
                went += now;
            }
            int before = went - 1;
            assertTrue(before > 0);
            Task<Integer> writer = loop.spawn(() -> sink.write(ByteBuffer.allocateDirect(count)));
            Task<Integer> reader = loop.spawn(() -> {
                int received = 0;
                ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
                while (received < before + count) {
                    received += source.read(buffer.clear());
                }
                return received;
            });
            assertEquals(before + count, TaskResults.of(loop, reader));
            assertEquals(count, writer.join());
            assertEquals("", rescuer.stood(), "the loop stood in system calls");
        }
    }

    /** A listener has no call that does not wait in spite of the flag, so the loop asks poll(2) before. */
    @Test
    void accepts() throws Exception {
        int fd = RawSockets.listener(RawSockets.freshAddress());
        Descriptor listener = loop.adopt(fd);
        makeBlocking(fd);
        int[] rescued = {-1};
        try (Rescuer rescuer = new Rescuer(fd, () -> rescued[0] = connectTo(fd))) {
            Descriptor nobody = listener.tryAccept();
            assertEquals("", rescuer.stood(), "the loop stood in system calls");
            assertNull(nobody);
            Task<Descriptor> accepting = loop.spawn(() -> listener.accept());
            loop.step(false);
            int client = connectTo(fd);
            assertTrue(TaskResults.of(loop, accepting).isOpen());
            RawSockets.close(client);
        }
    }

    private static int connectTo(int listener) {
        return RawSockets.connect(RawAddress.local(listener));
    }
}
