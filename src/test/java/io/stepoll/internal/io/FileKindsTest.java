package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Interest;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.VirtualClock;
import io.stepoll.WouldBlockException;
import io.stepoll.internal.sys.Errno;
import io.stepoll.support.FileKind;
import io.stepoll.support.FileKind.Source;
import io.stepoll.support.Libc;
import io.stepoll.support.Loops;
import io.stepoll.support.Programs;
import io.stepoll.support.RawSockets;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
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

/** Pipes, terminals, timerfds, inotify, eventfds and pidfds: with timeouts, without waiting, and with handlers. */
@Timeout(60)
class FileKindsTest {
    private static final Duration HOUR = Duration.ofHours(1);
    /** How many steps may pass in which nothing happens. A handler that is called in each of them would spin. */
    private static final int STEPS = 50;

    private final VirtualClock clock = VirtualClock.create().quiet(Duration.ofMillis(100));
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

    private SocketTimeoutException timesOut(Callable<?> call) {
        return TimedCalls.timesOut(loop, clock, HOUR, call);
    }

    private void awaitReadable(Descriptor descriptor) throws Exception {
        TaskResults.of(loop, loop.spawn(() -> descriptor.awaitReadable()));
    }

    /**
     * The wait ends with a mere hang-up, or a mere error, and the call still says that it would block: it would wait
     * for ever, as there is no further edge.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallThatDoesNotSeeTheEnd(boolean reads) throws Exception {
        int[] pipe = Libc.pipe();
        Descriptor here = loop.own(pipe[reads ? 0 : 1]);
        while (!reads && here.tryWrite(ByteBuffer.allocate(4096)) > 0) {
            Thread.onSpinWait(); // until the pipe is full
        }
        Task<Long> call = loop.spawn(() -> here.perform(reads ? Interest.READ : Interest.WRITE, "mine",
                fd -> -Errno.EAGAIN));
        loop.step(false);
        Libc.close(pipe[reads ? 1 : 0]);
        loop.runUntilDone();
        SystemCallFailure failed = assertInstanceOf(SystemCallFailure.class,
                assertThrows(ExecutionException.class, call::join).getCause());
        assertEquals("mine", failed.failedCall().call());
        assertEquals(reads ? "EPIPE" : "ECONNRESET", failed.failedCall().errnoName());
    }

    private void steps() {
        Loops.steps(loop, STEPS);
    }

    /** After a timeout the descriptor stays usable. */
    @ParameterizedTest
    @EnumSource
    void readWithATimeout(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            for (int round = 0; round < 2; round++) {
                timesOut(() -> descriptor.read(FileKind.buffer(), HOUR));
                Task<Integer> reader = loop.spawn(() -> descriptor.read(FileKind.buffer()));
                loop.step(false);
                source.feed();
                loop.runUntilDone();
                assertEquals(source.bytes(), reader.join());
            }
        }
    }

    /** A process ends while a task waits for it, or a handler. Nothing is read from a pidfd. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pidfd(boolean inTask) throws Exception {
        assumeTrue(Libc.has("pidfd_open"), "pidfd_open");
        Process child = Programs.start("cat");
        Descriptor process = loop.adopt(RawSockets.check(Libc.pidfd((int) child.pid())));
        if (inTask) {
            TaskBody wait = () -> process.awaitReadable(HOUR);
            timesOut(wait.asCallable());
        }
        Task<Void> waiter = inTask ? loop.spawn(() -> process.awaitReadable()) : null;
        if (!inTask) {
            process.handle(ended -> {
                log.add("ended");
                ended.close();
            }, true, false);
        }
        steps();
        assertEquals(List.of(), log);
        assertTrue(waiter == null || !waiter.isDone(), "the process has not ended");
        Programs.end(child);
        loop.runUntilDone();
        if (inTask) {
            waiter.join();
            process.close();
        } else {
            assertEquals(List.of("ended"), log);
        }
    }

    /** The loop owns both ends. All bytes arrive in order, up to the end, although the pipe is full in between. */
    @Test
    void pipeBothEndsOwned() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor source = loop.own(ends[0]);
        Descriptor sink = loop.own(ends[1]);
        ByteBuffer content = ByteBuffer.allocate(1_000_000);
        new SplittableRandom(7).nextBytes(content.array());
        Task<Integer> writer = loop.spawn(() -> {
            int sent = sink.write(content);
            sink.close();
            return sent;
        });
        ByteBuffer received = ByteBuffer.allocate(content.capacity() + 1);
        TaskResults.of(loop, loop.spawn(() -> {
            while (source.read(received) >= 0) {
                assertTrue(received.hasRemaining(), "more bytes have come than were sent");
            }
        }));
        assertEquals(content.capacity(), writer.join());
        assertEquals(content.flip(), received.flip());
    }

    /** The exception says how many bytes went before the timeout. The rest goes when there is room. */
    @Test
    void writeToAPipeWithATimeout() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor source = loop.adopt(ends[0]);
        Descriptor sink = loop.adopt(ends[1]);
        ByteBuffer much = ByteBuffer.allocate(1_000_000);
        int went = timesOut(() -> sink.write(much, HOUR)).bytesTransferred;
        assertEquals(much.position(), went);
        assertTrue(went > 0);
        Task<Integer> rest = loop.spawn(() -> sink.write(much, HOUR));
        long received = TaskResults.of(loop, loop.spawn(() -> {
            long count = 0;
            while (count < much.capacity()) {
                count += source.read(ByteBuffer.allocate(10_000), HOUR);
            }
            return count;
        }));
        assertEquals(much.capacity(), received);
        assertEquals(much.capacity() - went, rest.join());
    }

    @ParameterizedTest
    @EnumSource
    void readWithoutWaiting(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            ByteBuffer buffer = FileKind.buffer();
            assertThrows(WouldBlockException.class, () -> descriptor.recv(buffer, Descriptor.MSG_DONTWAIT));
            assertEquals(Descriptor.WOULD_BLOCK, descriptor.tryRead(buffer));
            source.feed();
            awaitReadable(descriptor);
            assertEquals(source.bytes(), descriptor.recv(buffer, Descriptor.MSG_DONTWAIT));
            assertEquals(Descriptor.WOULD_BLOCK, descriptor.tryRead(buffer));
            source.feed();
            awaitReadable(descriptor);
            assertEquals(source.bytes(), descriptor.tryRead(buffer.clear()));
        }
    }

    /** A pipe refuses flags that only sockets have, and then nothing is read. */
    @Test
    void pipeWithoutWaiting() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor source = loop.adopt(ends[0]);
        Descriptor sink = loop.adopt(ends[1]);
        ByteBuffer much = ByteBuffer.allocate(1_000_000);
        WouldBlockException full =
                assertThrows(WouldBlockException.class, () -> sink.send(much, Descriptor.MSG_DONTWAIT));
        assertEquals(much.position(), full.bytesTransferred());
        assertTrue(full.bytesTransferred() > 0);
        assertEquals(Descriptor.WOULD_BLOCK, sink.tryWrite(much));
        IOException refused = assertThrows(IOException.class,
                () -> source.recv(ByteBuffer.allocate(8), Descriptor.MSG_PEEK));
        assertTrue(refused.getMessage().contains("ENOTSOCK"), refused::getMessage);
        ByteBuffer buffer = ByteBuffer.allocate(2_000_000);
        while (source.tryRead(buffer) > 0) {
            assertTrue(buffer.hasRemaining());
        }
        assertEquals(full.bytesTransferred(), buffer.position());
        assertTrue(sink.tryWrite(much) > 0);
    }

    /** Into several buffers, from what is no socket: in one call where the file knows that, else into the first. */
    @ParameterizedTest
    @EnumSource
    void readIntoSeveral(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            ByteBuffer[] targets = {ByteBuffer.allocateDirect(64), FileKind.buffer()};
            source.feed();
            assertEquals(source.bytes(), TaskResults.of(loop, loop.spawn(() -> descriptor.read(targets, 0, 2))));
            assertEquals(source.bytes(), targets[0].position());
        }
    }

    @Test
    void aPipeFillsSeveralBuffers() throws Exception {
        int[] ends = Libc.pipe();
        Descriptor source = loop.own(ends[0]);
        Descriptor sink = loop.own(ends[1]);
        sink.tryWrite(ByteBuffer.wrap("to several".getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer[] targets = {ByteBuffer.allocateDirect(3), ByteBuffer.allocate(100)};
        assertEquals(10, TaskResults.of(loop, loop.spawn(() -> source.read(targets, 0, 2))));
        assertEquals("to ", StandardCharsets.US_ASCII.decode(targets[0].flip()).toString());
        assertEquals("several", StandardCharsets.US_ASCII.decode(targets[1].flip()).toString());
        sink.close();
        targets[1].clear();
        assertEquals(-1, TaskResults.of(loop, loop.spawn(() -> source.read(targets, 0, 2))));
    }

    /** The loop calls a handler while there is something to read, and then not again before there is more. */
    @ParameterizedTest
    @EnumSource
    void handler(FileKind kind) throws Exception {
        try (Source source = kind.open(folder)) {
            Descriptor descriptor = loop.adopt(source.fd);
            descriptor.handle(readable -> {
                log.add(readable.tryRead(FileKind.buffer()));
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

    /** How many bytes the logged calls have written, without the first so many calls. */
    private int written(int skipped) {
        return log.stream().skip(skipped).mapToInt(count -> Math.max(0, (int) count)).sum();
    }

    /** The loop calls the writer's handler only when there is room. Then the reader of the other end goes. */
    @Test
    void pipesWriterIsNotifiedOfRoomAndOfItsReadersEnd() throws Exception {
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
                log.add(descriptor.tryWrite(much));
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
        assertEquals(before, log.size(), "called although there is no room");
        assertEquals(much.position(), written(0));
        int room = Libc.read(ends[0], much.position()).length;
        steps();
        assertTrue(log.size() > before && log.size() <= before + 2, log::toString);
        assertEquals(room, written(before));
        RawSockets.close(ends[0]);
        loop.runUntilDone();
        assertEquals("BrokenPipeException", log.getLast());
    }

    /** The writer of a pipe goes. If it has left bytes, they are read first; then the handler gets the hang-up. */
    @Test
    void pipesReaderIsNotifiedOfTheHangUp() throws Exception {
        for (String last : List.of("", "last")) {
            int[] ends = Libc.pipe();
            Descriptor source = loop.adopt(ends[0]);
            source.handle(new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) throws IOException {
                    log.add(descriptor.tryRead(ByteBuffer.allocate(100)));
                }

                @Override
                public void hungUp(Descriptor descriptor) throws IOException {
                    log.add("hung up, then " + descriptor.tryRead(ByteBuffer.allocate(100)));
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
            Task<Integer> reader = loop.spawn(() -> descriptor.read(FileKind.buffer()));
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
