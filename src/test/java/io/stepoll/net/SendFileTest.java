package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.support.ChildJvm;
import io.stepoll.support.Loops;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files over real sockets, sent by splice(2) or copied. */
@Timeout(120)
class SendFileTest extends SocketFixture {
    private static final int MEGABYTES = 64;
    private static final int MEGABYTE = 1 << 20;
    private static final Duration SHORT = Duration.ofMillis(50);

    private final CRC32 sum = new CRC32();

    private FileChannel file(int bytes) throws Exception {
        Path path = folder.resolve("file");
        byte[] content = new byte[MEGABYTE];
        new SplittableRandom(7).nextBytes(content);
        try (FileChannel out = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int left = bytes; left > 0; left -= MEGABYTE) {
                content[0]++; // no two pieces are the same
                int length = Math.min(left, MEGABYTE);
                sum.update(content, 0, length);
                out.write(ByteBuffer.wrap(content, 0, length));
            }
        }
        return FileChannel.open(path);
    }

    /** Reads in pieces of odd sizes, slowly at first. Returns the checksum of all bytes until the end. */
    private Task<Long> reader(StreamSocket socket) {
        return loop.spawn(() -> {
            CRC32 received = new CRC32();
            ByteBuffer buffer = ByteBuffer.allocate(70_001);
            for (int i = 0; socket.read(buffer.clear().limit(1 + i * 7919 % 70_001)) >= 0; i++) {
                received.update(buffer.flip());
                if (i < 20) {
                    loop.sleep(Duration.ofMillis(1));
                }
            }
            socket.close();
            return received.getValue();
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "UNIX"})
    void aSlowReaderGetsAll(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        try (FileChannel file = file(MEGABYTES * MEGABYTE)) {
            Task<Long> reader = reader(pair[1]);
            long sent = inTask(() -> {
                long count = pair[0].sendFile(file, 0, Long.MAX_VALUE, Duration.ofSeconds(100));
                pair[0].close();
                return count;
            });
            assertEquals((long) MEGABYTES * MEGABYTE, sent);
            assertEquals(sum.getValue(), reader.join());
            assertEquals(0, file.position());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "UNIX"})
    void aHandlerSendsAll(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        try (FileChannel file = file(MEGABYTES * MEGABYTE)) {
            Task<Long> reader = reader(pair[1]);
            pair[0].descriptor().handle(new ReadinessHandler() {
                private long sent;

                @Override
                public void readable(Descriptor descriptor) {
                    throw new AssertionError("not asked for");
                }

                @Override
                public void writable(Descriptor descriptor) throws IOException {
                    long count = pair[0].trySendFile(file, sent, Long.MAX_VALUE);
                    sent += count == Descriptor.WOULD_BLOCK ? 0 : count;
                    if (sent == file.size()) {
                        pair[0].close();
                    }
                }
            }, false, true);
            loop.runUntilDone();
            assertEquals(sum.getValue(), reader.join());
        }
    }

    @Test
    void partsAndEnds() throws Exception {
        StreamSocket[] pair = StreamKind.TCP.connect(loop);
        try (FileChannel file = file(1000)) {
            inTask(() -> { // from now on the loop has its pipe
                assertEquals(1, pair[0].sendFile(file, 12, 1));
                assertEquals(1, pair[1].read(ByteBuffer.allocate(1)));
            });
        }
        int before = openDescriptors();
        try (FileChannel file = file(1000)) {
            ByteBuffer content = ByteBuffer.allocate(1000);
            file.read(content, 0);
            inTask(() -> {
                ByteBuffer received = ByteBuffer.allocate(1000);
                assertEquals(7, pair[0].sendFile(file, 13, 7));
                assertEquals(10, pair[0].sendFile(file, 990, 5L << 32));
                assertEquals(0, pair[0].sendFile(file, 1000, 1));
                assertEquals(0, pair[0].sendFile(file, Long.MAX_VALUE, Long.MAX_VALUE));
                assertEquals(0, pair[0].sendFile(file, 0, 0));
                assertEquals(3, pair[0].trySendFile(file, 0, 3));
                while (received.position() < 20) {
                    pair[1].read(received);
                }
                assertEquals(content.slice(13, 7), received.slice(0, 7));
                assertEquals(content.slice(990, 10), received.slice(7, 10));
                assertEquals(content.slice(0, 3), received.slice(17, 3));
            });
        }
        assertEquals(before, openDescriptors());
    }

    /** A position past 4 GiB, in a sparse file. */
    @Test
    void positionsPastFourGigabytes() throws Exception {
        Path path = folder.resolve("sparse");
        StreamSocket[] pair = StreamSocket.pair(loop);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.READ)) {
            file.write(text("far"), 5L << 30);
            ByteBuffer received = ByteBuffer.allocate(10);
            inTask(() -> {
                assertEquals(5, pair[0].sendFile(file, (5L << 30) - 2, Long.MAX_VALUE));
                return pair[1].read(received);
            });
            assertText("\0\0far", received);
        } finally {
            Files.delete(path);
        }
    }

    @Test
    void timeoutsSayHowMuchWasSent() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        try (FileChannel file = file(4 * MEGABYTE)) {
            inTask(() -> {
                SocketTimeoutException timeout = assertThrows(SocketTimeoutException.class,
                        () -> pair[0].sendFile(file, 0, Long.MAX_VALUE, SHORT));
                long sent = timeout.bytesTransferred;
                assertTrue(sent > 0 && sent < file.size(), () -> sent + " bytes");
                assertEquals(Descriptor.WOULD_BLOCK, pair[0].trySendFile(file, sent, Long.MAX_VALUE));
                Task<Long> reader = reader(pair[1]);
                assertEquals(file.size() - sent, pair[0].sendFile(file, sent, Long.MAX_VALUE));
                pair[0].close();
                assertEquals(sum.getValue(), reader.join());
            });
        }
    }

    /**
     * An interrupt before the call or half-way leaves the file open. A second call that begins after the bytes already
     * sent sends the rest.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 20})
    void interrupted(int steps) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        try (FileChannel file = file(4 * MEGABYTE)) {
            Task<Long> sender = loop.spawn(() -> pair[0].sendFile(file, 0, Long.MAX_VALUE));
            Loops.steps(loop, steps);
            sender.thread().interrupt();
            loop.runUntilDone();
            long sent = assertInstanceOf(InterruptedIOException.class,
                    assertThrows(ExecutionException.class, sender::join).getCause()).bytesTransferred;
            assertEquals(steps > 0, sent > 0);
            assertTrue(file.isOpen());
            Task<Long> reader = reader(pair[1]);
            assertEquals(file.size() - sent, inTask(() -> {
                long rest = pair[0].sendFile(file, sent, Long.MAX_VALUE);
                pair[0].close();
                return rest;
            }));
            assertEquals(sum.getValue(), reader.join());
        }
    }

    /** An interrupt of the loop's own thread is meant for the loop: it does not end the call or close the file. */
    @Test
    void interruptedLoop() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        try (FileChannel file = file(10)) {
            Thread.currentThread().interrupt();
            assertEquals(10, pair[0].trySendFile(file, 0, 10));
            assertTrue(Thread.interrupted());
            assertTrue(file.isOpen());
        }
    }

    /** Another thread closes or truncates the file while it is being sent. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closedOrTruncatedMeanwhile(boolean truncated) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        file(8 * MEGABYTE).close();
        FileChannel file = FileChannel.open(folder.resolve("file"), StandardOpenOption.READ, StandardOpenOption.WRITE);
        Task<Long> sender = loop.spawn(() -> pair[0].sendFile(file, 0, Long.MAX_VALUE));
        while (pair[0].trySendFile(file, 0, 1) > 0) {
            loop.step(false); // until there is no room, so that the sender waits
        }
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                if (truncated) {
                    file.truncate(MEGABYTE);
                } else {
                    file.close();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        other.join();
        Task<Void> reader = loop.spawn(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(MEGABYTE);
            while (pair[1].read(buffer.clear()) >= 0) {
                buffer.flip();
            }
        });
        while (!sender.isDone()) {
            loop.step(false);
        }
        if (truncated) {
            assertTrue(sender.join() <= MEGABYTE);
        } else {
            assertInstanceOf(AsynchronousCloseException.class,
                    assertThrows(ExecutionException.class, sender::join).getCause());
        }
        reader.cancel();
        file.close();
    }

    @Test
    void wrongUseIsRefused() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        FileChannel file = file(10);
        FileChannel writing = FileChannel.open(folder.resolve("other"), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        writing.write(text("x"));
        inTask(() -> {
            assertThrows(IllegalArgumentException.class, () -> pair[0].sendFile(file, -1, 1));
            assertThrows(IllegalArgumentException.class, () -> pair[0].sendFile(file, 1, -1));
            assertThrows(NonReadableChannelException.class, () -> pair[0].sendFile(writing, 0, 1));
            file.close();
            assertThrows(ClosedChannelException.class, () -> pair[0].sendFile(file, 0, 1));
            pair[1].close();
            FileChannel again = FileChannel.open(folder.resolve("file"));
            BrokenPipeException broken =
                    assertThrows(BrokenPipeException.class, () -> pair[0].sendFile(again, 0, 1));
            assertEquals("splice", broken.failedCall().call());
            again.close();
        });
        writing.close();
    }

    /** A child's main: prints whether it can lock the file. */
    public static final class Locker {
        private Locker() {}

        public static void main(String[] arguments) throws IOException {
            try (FileChannel file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
                System.out.println(file.tryLock() == null ? "locked by another process" : "not locked");
            }
        }
    }

    /**
     * A process loses its locks on a file with any close of a descriptor for that file. A transfer closes none, whether
     * it ends, or is cut off, so that the lock stays, on the channel that is sent or on another one for the same file.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void locksStay(boolean otherChannel) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        file(4 * MEGABYTE).close();
        Path path = folder.resolve("file");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileChannel other = FileChannel.open(path, StandardOpenOption.READ);
                FileLock lock = file.lock()) {
            FileChannel sent = otherChannel ? other : file;
            inTask(() -> {
                assertThrows(SocketTimeoutException.class, () -> pair[0].sendFile(sent, 0, Long.MAX_VALUE, SHORT));
                Task<Long> reader = reader(pair[1]);
                pair[0].sendFile(sent, 0, 100_000);
                while (pair[0].trySendFile(sent, 0, 10) == Descriptor.WOULD_BLOCK) {
                    pair[0].descriptor().awaitWritable();
                }
                pair[0].close();
                reader.join();
            });
            assertTrue(lock.isValid());
            assertEquals("locked by another process",
                    ChildJvm.runWell(List.of(), Locker.class, path.toString()).strip());
        }
    }

    /** The bytes of a channel whose descriptor is unknown are copied. */
    @ParameterizedTest
    @EnumSource(names = {"TCP", "UNIX"})
    void foreignChannel(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        try (FileChannel file = new ForeignFileChannel(file(3 * MEGABYTE + 1))) {
            Task<Long> reader = reader(pair[1]);
            inTask(() -> {
                long now = pair[0].trySendFile(file, 0, Long.MAX_VALUE);
                assertTrue(now > 0);
                assertEquals(file.size() - now, pair[0].sendFile(file, now, Long.MAX_VALUE));
                pair[0].close();
            });
            assertEquals(sum.getValue(), reader.join());
        }
    }
}
