package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.support.Libc;
import io.stepoll.support.StreamKind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many buffers in one call: heap, direct and empty ones, more than IOV_MAX, more bytes than a socket takes at once. */
@Timeout(120)
class VectoredTest {
    private static ByteBuffer[] randomBuffers(Random random, int count, int most, boolean filled) {
        ByteBuffer[] buffers = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            int size = random.nextInt(most);
            buffers[i] = random.nextBoolean() ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
            if (filled) {
                byte[] content = new byte[size];
                random.nextBytes(content);
                buffers[i].put(content).flip();
            }
        }
        return buffers;
    }

    private static byte[] content(ByteBuffer[] buffers) {
        ByteBuffer all = ByteBuffer.allocate(Arrays.stream(buffers).mapToInt(ByteBuffer::limit).sum());
        for (ByteBuffer buffer : buffers) {
            all.put(buffer.duplicate().rewind());
        }
        return all.array();
    }

    private static boolean hasRemaining(ByteBuffer[] buffers) {
        return Arrays.stream(buffers).anyMatch(ByteBuffer::hasRemaining);
    }

    /** The bytes arrive as they were sent, however the two sides divide them into buffers. */
    private static void transfer(StreamKind kind, Random random, int count, int most) throws Exception {
        ByteBuffer[] sent = randomBuffers(random, count, most, true);
        long total = Arrays.stream(sent).mapToLong(ByteBuffer::remaining).sum();
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = kind.connect(loop);
            Task<Long> writer = loop.spawn(() -> pair[0].write(sent));
            Task<byte[]> reader = loop.spawn(() -> {
                ByteBuffer all = ByteBuffer.allocate((int) total);
                while (all.hasRemaining()) {
                    ByteBuffer[] targets = randomBuffers(random, 1 + random.nextInt(20), most, false);
                    long room = Arrays.stream(targets).mapToLong(ByteBuffer::remaining).sum();
                    long received = pair[1].read(targets);
                    assertTrue(received <= room && (received > 0 || room == 0), () -> received + " of " + room);
                    for (ByteBuffer target : targets) {
                        all.put(target.flip());
                    }
                }
                return all.array();
            });
            loop.runUntilDone();
            assertEquals(total, writer.join());
            assertTrue(!hasRemaining(sent));
            assertTrue(Arrays.equals(content(sent), reader.join()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void moreBuffersThanOneCallTakes(StreamKind kind) throws Exception {
        transfer(kind, new Random(1), 5000, 40);
    }

    @ParameterizedTest
    @EnumSource
    void moreBytesThanTheSocketTakes(StreamKind kind) throws Exception {
        transfer(kind, new Random(2), 100, 100_000);
    }

    /** As much as there is room for, without a wait. */
    @ParameterizedTest
    @EnumSource
    void withoutWaiting(StreamKind kind) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = kind.connect(loop);
            ByteBuffer[] sources = randomBuffers(new Random(3), 400, 60_000, true);
            long total = Arrays.stream(sources).mapToLong(ByteBuffer::remaining).sum();
            long sent = pair[0].tryWrite(sources, 1, 1);
            assertEquals(sources[1].limit(), sent);
            while (sent < total) {
                long count = pair[0].tryWrite(sources, 0, sources.length);
                if (count == Descriptor.WOULD_BLOCK) {
                    break;
                }
                sent += count;
            }
            assertTrue(sent < total);
            assertEquals(total - sent, Arrays.stream(sources).mapToLong(ByteBuffer::remaining).sum());
            assertEquals(0, pair[0].tryWrite(new ByteBuffer[] {ByteBuffer.allocate(0)}, 0, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> pair[0].tryWrite(sources, 399, 2));
        }
    }

    /** A pipe takes several buffers as a socket does. */
    @Test
    void aPipe() throws Exception {
        int[] pipe = Libc.pipe();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor in = loop.adopt(pipe[0]);
            Descriptor out = loop.adopt(pipe[1]);
            ByteBuffer[] sources = randomBuffers(new Random(4), 100, 10_000, true);
            byte[] expected = content(sources);
            Task<Long> writer = loop.spawn(() -> out.write(sources, 0, sources.length));
            Task<byte[]> reader = loop.spawn(() -> {
                ByteBuffer all = ByteBuffer.allocate(expected.length);
                while (all.hasRemaining()) {
                    in.read(all);
                }
                return all.array();
            });
            loop.runUntilDone();
            assertEquals(expected.length, writer.join());
            assertTrue(Arrays.equals(expected, reader.join()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRangeOfAnArrayAndTheEnd(StreamKind kind) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = kind.connect(loop);
            ByteBuffer[] sources = {ByteBuffer.wrap("no".getBytes()), ByteBuffer.wrap("ab".getBytes()),
                ByteBuffer.wrap("c".getBytes()), ByteBuffer.wrap("no".getBytes())};
            Task<String> task = loop.spawn(() -> {
                assertEquals(3, pair[0].write(sources, 1, 2));
                pair[0].close();
                ByteBuffer[] targets = {ByteBuffer.allocate(1), ByteBuffer.allocateDirect(0), ByteBuffer.allocate(5)};
                assertEquals(3, pair[1].read(targets));
                assertEquals(-1, pair[1].read(targets));
                assertEquals(0, pair[1].read(new ByteBuffer[] {ByteBuffer.allocate(0)}));
                return new String(content(new ByteBuffer[] {targets[0].flip(), targets[2].flip()}));
            });
            loop.runUntilDone();
            assertEquals("abc", task.join());
            assertEquals(2, sources[0].remaining());
            assertThrows(IndexOutOfBoundsException.class, () -> pair[1].read(new ByteBuffer[2], 1, 2));
        }
    }
}
