package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.FileKind.Source;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pipes, terminals, timerfds, inotify and eventfds: with deadlines, without waiting, and with handlers. */
@Timeout(60)
class FileKindsTest {
    private static final Duration HOUR = Duration.ofHours(1);
    /** Rounds of a loop in which nothing happens: a handler that is called in each of them spins. */
    private static final int STEPS = 50;

    private final VirtualClock clock = new VirtualClock(Duration.ofMillis(100));
    private final List<Object> log = new ArrayList<>();
    private EventLoop loop;

    @TempDir
    private Path folder;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().clock(clock).open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private <T> T inTask(Callable<T> body) throws Exception {
        Task<T> task = loop.spawn(body);
        loop.runUntilDone();
        return task.join();
    }

    private SocketTimeoutException timesOut(Callable<?> call) {
        long before = clock.nanoTime();
        Throwable failure = assertThrows(ExecutionException.class, () -> inTask(call)).getCause();
        assertEquals(HOUR.toNanos(), clock.nanoTime() - before);
        return assertInstanceOf(SocketTimeoutException.class, failure);
    }

    /** Past the deadline it stays usable. */
    @ParameterizedTest
    @EnumSource
    void readWithADeadline(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            for (int round = 0; round < 2; round++) {
                timesOut(() -> descriptor.recv(FileKind.buffer(), 0, loop.deadline(HOUR)));
                Task<Integer> reader =
                        loop.spawn(() -> descriptor.recv(FileKind.buffer(), 0, EventLoop.NO_DEADLINE));
                loop.step(false);
                source.feed();
                loop.runUntilDone();
                assertEquals(source.bytes(), reader.join());
            }
        }
    }

    /** A process that ends, while a task waits and a handler has been set; nothing is read from a pidfd. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pidfd(boolean inTask) throws Exception {
        assumeTrue(Libc.has("pidfd_open"), "pidfd_open");
        Process child = Programs.start("cat");
        Descriptor process = loop.adopt(RawSockets.check(Libc.pidfd((int) child.pid())));
        if (inTask) {
            timesOut(() -> {
                process.awaitReadable(loop.deadline(HOUR));
                return null;
            });
        }
        Task<Void> waiter = inTask ? loop.spawn(() -> process.awaitReadable()) : null;
        if (!inTask) {
            process.handle(ended -> {
                log.add("ended");
                ended.close();
            }, true, false);
        }
        for (int i = 0; i < STEPS; i++) {
            loop.step(false);
        }
        assertEquals(List.of(), log);
        assertTrue(waiter == null || !waiter.isDone(), "it has not ended");
        Programs.end(child);
        loop.runUntilDone();
        if (inTask) {
            waiter.join();
            process.close();
        } else {
            assertEquals(List.of("ended"), log);
        }
    }

    /** By own as by adopt: in order, whole, with a full pipe in between, to the end. */
    @Test
    void pipeBothEndsOwned() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor source = loop.own(ends[0]);
        Descriptor sink = loop.own(ends[1]);
        ByteBuffer content = ByteBuffer.allocate(1_000_000);
        new SplittableRandom(7).nextBytes(content.array());
        Task<Long> writer = loop.spawn(() -> {
            long sent = loop.send(sink, content);
            sink.close();
            return sent;
        });
        ByteBuffer received = ByteBuffer.allocate(content.capacity() + 1);
        inTask(() -> {
            while (loop.recv(source, received) >= 0) {
                assertTrue(received.hasRemaining(), "more has come than went");
            }
            return null;
        });
        assertEquals(content.capacity(), writer.join());
        assertEquals(content.flip(), received.flip());
    }

    /** How much went before the deadline is told, and the rest goes when there is room. */
    @Test
    void writeToAPipeWithADeadline() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor source = loop.adopt(ends[0]);
        Descriptor sink = loop.adopt(ends[1]);
        ByteBuffer much = ByteBuffer.allocate(1_000_000);
        int went = timesOut(() -> sink.send(much, 0, loop.deadline(HOUR))).bytesTransferred;
        assertEquals(much.position(), went);
        assertTrue(went > 0);
        Task<Long> rest = loop.spawn(() -> sink.send(much, 0, loop.deadline(HOUR)));
        long received = inTask(() -> {
            long count = 0;
            while (count < much.capacity()) {
                count += source.recv(ByteBuffer.allocate(10_000), 0, loop.deadline(HOUR));
            }
            return count;
        });
        assertEquals(much.capacity(), received);
        assertEquals(much.capacity() - went, rest.join());
    }

    @ParameterizedTest
    @EnumSource
    void readWithoutWaiting(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            ByteBuffer buffer = FileKind.buffer();
            assertThrows(WouldBlockException.class, () -> descriptor.recv(buffer, Descriptor.MSG_DONTWAIT, 0));
            assertEquals(0, descriptor.recvNow(buffer));
            source.feed();
            inTask(() -> {
                descriptor.awaitReadable();
                return null;
            });
            assertEquals(source.bytes(), descriptor.recv(buffer, Descriptor.MSG_DONTWAIT, 0));
            assertEquals(0, descriptor.recvNow(buffer));
            source.feed();
            inTask(() -> {
                descriptor.awaitReadable();
                return null;
            });
            assertEquals(source.bytes(), descriptor.recvNow(buffer.clear()));
        }
    }

    /** Flags that only sockets have are refused, and nothing is read. */
    @Test
    void pipeWithoutWaiting() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor source = loop.adopt(ends[0]);
        Descriptor sink = loop.adopt(ends[1]);
        ByteBuffer much = ByteBuffer.allocate(1_000_000);
        WouldBlockException full =
                assertThrows(WouldBlockException.class, () -> sink.send(much, Descriptor.MSG_DONTWAIT, 0));
        assertEquals(much.position(), full.bytesTransferred());
        assertTrue(full.bytesTransferred() > 0);
        assertEquals(0, sink.sendNow(much));
        IOException refused = assertThrows(IOException.class,
                () -> source.recv(ByteBuffer.allocate(8), Descriptor.MSG_PEEK, 0));
        assertTrue(refused.getMessage().contains("ENOTSOCK"), refused::getMessage);
        ByteBuffer buffer = ByteBuffer.allocate(2_000_000);
        while (source.recvNow(buffer) > 0) {
            assertTrue(buffer.hasRemaining());
        }
        assertEquals(full.bytesTransferred(), buffer.position());
        assertTrue(sink.sendNow(much) > 0);
    }

    /** Called when there is something, until it is read; not again before there is more. */
    @ParameterizedTest
    @EnumSource
    void handler(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            descriptor.handle(readable -> {
                log.add(readable.recvNow(FileKind.buffer()));
                loop.stop();
            }, true, false);
            for (int round = 1; round <= 3; round++) {
                steps();
                source.feed();
                loop.run();
                steps();
                assertEquals(round, log.size(), log::toString);
                assertEquals(source.bytes(), log.getLast());
            }
        }
    }

    private void steps() {
        for (int i = 0; i < STEPS; i++) {
            loop.step(false);
        }
    }

    /** Told of room only when there is some; then the reader of the other end goes. */
    @Test
    void pipesWriterIsToldOfRoomAndOfItsReadersEnd() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor sink = loop.adopt(ends[1]);
        ByteBuffer much = ByteBuffer.allocate(10_000_000);
        sink.handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) {
                log.add("readable");
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                log.add(descriptor.sendNow(much));
            }

            @Override
            public void failed(Descriptor descriptor, IOException failure) {
                log.add(failure.getClass().getSimpleName());
                descriptor.close();
            }
        }, false, true);
        steps();
        int before = log.size();
        steps();
        assertEquals(before, log.size(), "called though there is no room");
        assertEquals(much.position(), log.stream().mapToInt(went -> (int) went).sum());
        int room = Libc.read(ends[0], much.position()).length;
        steps();
        assertTrue(log.size() > before && log.size() <= before + 2, log::toString);
        assertEquals(room, log.stream().skip(before).mapToInt(went -> (int) went).sum());
        RawSockets.close(ends[0]);
        loop.runUntilDone();
        assertEquals("BrokenPipeException", log.getLast());
    }

    /** The writer of a pipe goes: a hang-up without anything to read; with something, first that, and then the end. */
    @Test
    void pipesReaderIsToldOfTheHangUp() throws Exception {
        for (String last : List.of("", "last")) {
            int[] ends = Libc.pipe();
            Descriptor source = loop.adopt(ends[0]);
            source.handle(new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) throws IOException {
                    log.add(descriptor.recvNow(ByteBuffer.allocate(100)));
                }

                @Override
                public void hungUp(Descriptor descriptor) throws IOException {
                    log.add("hung up, then " + descriptor.recvNow(ByteBuffer.allocate(100)));
                    descriptor.close();
                }
            }, true, false);
            steps();
            assertEquals(List.of(), log);
            Libc.write(ends[1], last);
            RawSockets.close(ends[1]);
            loop.runUntilDone();
            assertEquals(last.isEmpty() ? List.of("hung up, then -1") : List.of(4, "hung up, then -1"), log);
            log.clear();
        }
    }

    @ParameterizedTest
    @EnumSource
    void closedWhileATaskWaits(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            Task<Integer> reader = loop.spawn(() -> loop.recv(descriptor, FileKind.buffer()));
            steps();
            descriptor.close();
            loop.runUntilDone();
            assertInstanceOf(AsynchronousCloseException.class,
                    assertThrows(ExecutionException.class, reader::join).getCause());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closedInsideItsOwnCallbackTwice(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            loop.adopt(source.fd).handle(descriptor -> {
                log.add("called");
                descriptor.close();
                descriptor.close();
            }, true, false);
            steps();
            assertEquals(List.of(), log);
            source.feed();
            loop.runUntilDone();
            assertEquals(List.of("called"), log);
        }
    }
}
