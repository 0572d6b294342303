package io.stepoll.internal.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BufferPool;
import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.support.AllocatedBytes;
import io.stepoll.support.Emulator;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pool of direct buffers of a loop. */
@Timeout(60)
class LoopBuffersTest {
    private static final int PAGE = BufferPool.SMALLEST;
    private static final int LARGE = 1 << 28;

    @ParameterizedTest
    @CsvSource({"0, 4096", "1, 4096", "4096, 4096", "4097, 8192", "70000, 131072", "1073741824, 1073741824"})
    void aBufferHasRoomEnough(int minBytes, int capacity) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            ByteBuffer buffer = loop.buffers().take(minBytes);
            assertTrue(buffer.isDirect());
            assertEquals(capacity, buffer.capacity());
            assertEquals(capacity, buffer.remaining());
            assertEquals(ByteOrder.BIG_ENDIAN, buffer.order());
            buffer.put(capacity - 1, (byte) 1);
            assertEquals(capacity, loop.buffers().takenBytes());
            loop.buffers().give(buffer);
            assertEquals(0, loop.buffers().takenBytes());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, BufferPool.LARGEST + 1, Integer.MAX_VALUE})
    void noBufferHasSuchASize(int minBytes) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            var refused = assertThrows(IllegalArgumentException.class, () -> loop.buffers().take(minBytes));
            assertTrue(refused.getMessage().contains("" + minBytes), refused::getMessage);
        }
    }

    @Test
    void theLastOneGivenBackIsTakenFirstAndIsCleared() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            BufferPool pool = loop.buffers();
            ByteBuffer first = pool.take(PAGE);
            ByteBuffer second = pool.take(PAGE);
            assertNotSame(first, second);
            pool.give(first);
            pool.give(second.order(ByteOrder.LITTLE_ENDIAN).position(5).limit(7));
            assertSame(second, pool.take(1));
            assertEquals(PAGE, second.remaining());
            assertEquals(ByteOrder.BIG_ENDIAN, second.order());
            assertSame(first, pool.take(1));
        }
    }

    @Test
    void whatIsNotTakenFromThePoolIsRefused() throws Exception {
        try (EventLoop loop = EventLoop.open(); EventLoop other = EventLoop.open()) {
            BufferPool pool = loop.buffers();
            ByteBuffer buffer = pool.take(PAGE);
            List<ByteBuffer> wrong = List.of(ByteBuffer.allocate(PAGE), ByteBuffer.allocateDirect(PAGE),
                    other.buffers().take(PAGE), buffer.slice(), buffer.duplicate());
            for (ByteBuffer refused : wrong) {
                assertThrows(IllegalArgumentException.class, () -> pool.give(refused));
            }
            assertThrows(NullPointerException.class, () -> pool.give(null));
            pool.give(buffer);
            var twice = assertThrows(IllegalArgumentException.class, () -> pool.give(buffer));
            assertTrue(twice.getMessage().contains("before"), twice::getMessage);
            assertEquals(0, pool.takenBytes());
            assertEquals(PAGE, pool.idleBytes());
        }
    }

    @Test
    void itBelongsToTheLoopsThread() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.step(false);
            ByteBuffer buffer = loop.buffers().take(PAGE);
            List<Class<?>> thrown = new ArrayList<>();
            List<Runnable> calls = List.of(() -> loop.buffers().take(PAGE), () -> loop.buffers().give(buffer),
                    () -> loop.buffers().takenBytes(), () -> loop.buffers().idleBytes());
            Thread.ofPlatform().start(() -> calls.forEach(call -> thrown.add(
                    assertThrows(RuntimeException.class, call::run).getClass()))).join();
            assertEquals(List.of(WrongThreadException.class, WrongThreadException.class, WrongThreadException.class,
                    WrongThreadException.class), thrown);
        }
    }

    /**
     * Beyond the bound the memory goes back to the system at once: the buffer is taken again, and its bytes are zero.
     */
    @Test
    void idleMemoryIsBounded() throws Exception {
        try (EventLoop loop = EventLoop.builder().bufferPoolBytes(3 * PAGE + 1).open()) {
            BufferPool pool = loop.buffers();
            List<ByteBuffer> buffers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                buffers.add(pool.take(PAGE).put(PAGE - 1, (byte) 7));
            }
            buffers.forEach(pool::give);
            assertEquals(3 * PAGE, pool.idleBytes());
            int kept = 0;
            for (int i = 0; i < 10; i++) {
                ByteBuffer again = pool.take(PAGE);
                assertTrue(buffers.contains(again), "the buffer itself stays");
                kept += again.get(PAGE - 1) == 7 ? 1 : 0;
            }
            assertEquals(3, kept);
            assertEquals(0, pool.idleBytes());
        }
    }

    @Test
    void aPoolOfNoBytesKeepsNone() throws Exception {
        try (EventLoop loop = EventLoop.builder().bufferPoolBytes(0).open()) {
            ByteBuffer buffer = loop.buffers().take(PAGE).put(0, (byte) 7);
            loop.buffers().give(buffer);
            assertEquals(0, loop.buffers().idleBytes());
            assertEquals(0, loop.buffers().take(PAGE).get(0));
        }
        assertThrows(IllegalArgumentException.class, () -> EventLoop.builder().bufferPoolBytes(-1));
    }

    /** Large buffers that nobody takes any more must not fill the pool for ever. */
    @Test
    void aSizeInUseTakesThePlaceOfOthers() throws Exception {
        try (EventLoop loop = EventLoop.builder().bufferPoolBytes(16 * PAGE).open()) {
            BufferPool pool = loop.buffers();
            ByteBuffer large = pool.take(16 * PAGE);
            ByteBuffer small = pool.take(PAGE);
            pool.give(large);
            assertEquals(16 * PAGE, pool.idleBytes());
            pool.give(small.put(0, (byte) 7));
            assertEquals(PAGE, pool.idleBytes());
            assertEquals(7, pool.take(PAGE).get(0));
        }
    }

    @Test
    void afterTheCloseATakenBufferStaysAndAnIdleOneIsEmpty() throws Exception {
        ByteBuffer taken;
        ByteBuffer idle;
        BufferPool pool;
        try (LogCapture log = new LogCapture()) {
            try (EventLoop loop = EventLoop.open()) {
                pool = loop.buffers();
                taken = pool.take(PAGE).put(0, (byte) 7);
                idle = pool.take(PAGE).put(0, (byte) 7);
                pool.give(idle);
            }
            assertEquals(List.of(), log.messages());
        }
        assertEquals(7, taken.get(0));
        assertEquals(0, idle.get(0), "its memory has gone back to the system, and its addresses stay");
        pool.give(taken);
        assertEquals(7, taken.get(0));
        assertThrows(LoopClosedException.class, () -> pool.take(1));
    }

    /** A task that the close cancels gives back what it has. */
    @Test
    void aCancelledTaskGivesBackAtTheClose() throws Exception {
        try (LogCapture log = new LogCapture()) {
            try (EventLoop loop = EventLoop.builder().traceBuffers(true).open()) {
                loop.spawn(() -> {
                    ByteBuffer buffer = loop.buffers().take(PAGE);
                    try {
                        loop.sleep(Duration.ofDays(1));
                    } finally {
                        loop.buffers().give(buffer);
                    }
                });
                loop.step(false);
                assertEquals(PAGE, loop.buffers().takenBytes());
            }
            assertEquals(List.of(), log.messages());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theCloseOfATracingLoopReportsWhatIsTaken(boolean traced) throws Exception {
        try (LogCapture log = new LogCapture()) {
            List<ByteBuffer> kept = new ArrayList<>();
            try (EventLoop loop = EventLoop.builder().name("subject").traceBuffers(traced).open()) {
                kept.add(leak(loop));
                kept.add(leak(loop));
                loop.buffers().give(loop.buffers().take(PAGE));
            }
            assertEquals(traced ? 1 : 0, log.records().size());
            if (traced) {
                LogRecord report = log.records().getFirst();
                assertEquals("2 buffers, " + 2 * PAGE + " bytes, were not given back to the pool of subject when it"
                        + " closed", report.getMessage());
                assertTrue(showsLeak(report.getThrown()) && showsLeak(report.getThrown().getSuppressed()[0]));
            }
            assertEquals(2, kept.size());
        }
    }

    /** A program may end behind its close, and the thread that logs would end with it. */
    @Test
    void theCloseWaitsUntilItsReportIsLogged() throws Exception {
        Logger logger = Logger.getLogger("io.stepoll");
        Handler slow = whileWaiting(Thread.currentThread());
        logger.addHandler(slow); // ahead of the one that keeps what is logged
        try (LogCapture log = new LogCapture()) {
            ByteBuffer kept;
            try (EventLoop loop = EventLoop.builder().traceBuffers(true).open()) {
                kept = leak(loop);
            }
            assertEquals(1, log.records().size());
            assertEquals(PAGE, kept.capacity());
        } finally {
            logger.removeHandler(slow);
        }
    }

    /** A handler that takes its time until another thread waits, with a limit. */
    private static Handler whileWaiting(Thread thread) {
        return new Handler() {
            @Override
            public void publish(LogRecord entry) {
                while (thread.getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLostBufferIsReportedOnce(boolean traced) throws Exception {
        try (LogCapture log = new LogCapture();
                EventLoop loop = EventLoop.builder().traceBuffers(traced).open()) {
            leak(loop);
            Looks.until(() -> {
                System.gc();
                loop.step(false);
                return !log.records().isEmpty();
            });
            loop.runUntilDone();
            assertEquals(1, log.records().size());
            LogRecord report = log.records().getFirst();
            assertTrue(report.getMessage().contains("never given back"), report.getMessage());
            if (traced) {
                assertTrue(showsLeak(report.getThrown()));
            } else {
                assertNull(report.getThrown());
                assertTrue(report.getMessage().contains("traceBuffers"), report.getMessage());
            }
            assertEquals(0, loop.buffers().takenBytes());
        }
    }

    private static ByteBuffer leak(EventLoop loop) {
        return loop.buffers().take(PAGE);
    }

    private static boolean showsLeak(Throwable where) {
        return Stream.of(where.getStackTrace()).anyMatch(frame -> frame.getMethodName().equals("leak"));
    }

    /**
     * The memory must not go while a slice of the buffer can be used. Another lost buffer shows that the GC has run.
     */
    @Test
    void aSliceKeepsTheMemory() throws Exception {
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.open()) {
            ByteBuffer slice = leak(loop).put(8, (byte) 7).slice(8, 8);
            ByteBuffer ofSlice = slice.duplicate().slice(0, 1);
            slice = null;
            leak(loop);
            Looks.until(() -> {
                System.gc();
                loop.step(false);
                return !log.records().isEmpty();
            });
            for (int i = 0; i < 3; i++) {
                System.gc();
                loop.step(false);
            }
            assertEquals(1, log.records().size());
            assertEquals(7, ofSlice.get(0));
            assertEquals(PAGE, loop.buffers().takenBytes());
        }
    }

    /**
     * The addresses of a buffer go when nobody can reach it any more, and not before, whether its loop is open or not.
     */
    @ParameterizedTest
    @ValueSource(strings = {"lost", "taken at the close", "idle at the close"})
    void itsAddressesGoWhenNobodyCanReachIt(String how) throws Exception {
        Emulator.assumeNone("its /proc/self/maps is not the kernel's");
        EventLoop loop = EventLoop.open();
        try (LogCapture log = new LogCapture()) {
            ByteBuffer buffer = loop.buffers().take(LARGE);
            if (how.startsWith("idle")) {
                loop.buffers().give(buffer);
            }
            if (!how.equals("lost")) {
                loop.close();
            }
            long address = MemorySegment.ofBuffer(buffer).address();
            System.gc();
            assertTrue(isWhollyMapped(address));
            buffer.put(0, (byte) 7);
            buffer = null;
            Looks.until(() -> {
                System.gc();
                return !isWhollyMapped(address);
            });
            Looks.until(() -> {
                if (how.equals("lost")) {
                    loop.step(false);
                }
                return log.records().size() == (how.equals("lost") ? 1 : 0);
            });
        } finally {
            loop.close();
        }
    }

    /** Whether the memory of a large buffer is mapped. Others may have got a part of the addresses, but not all. */
    private static boolean isWhollyMapped(long address) throws IOException {
        long end = address;
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            String[] range = line.substring(0, line.indexOf(' ')).split("-");
            if (Long.parseUnsignedLong(range[0], 16) <= end) {
                end = Math.max(end, Long.parseUnsignedLong(range[1], 16));
            }
        }
        return end >= address + LARGE;
    }

    @Test
    void takingAndGivingAllocatesNothing() throws Exception {
        AllocatedBytes allocatedBytes = new AllocatedBytes();
        int rounds = 20_000;
        try (EventLoop loop = EventLoop.open()) {
            BufferPool pool = loop.buffers();
            Task<Double> measuring = loop.spawn(() -> {
                takeAndGive(pool, rounds);
                long before = allocatedBytes.now();
                takeAndGive(pool, rounds);
                return (double) (allocatedBytes.now() - before) / rounds;
            });
            loop.runUntilDone();
            assertTrue(measuring.join() < 1, () -> measuring.toCompletableFuture().join() + " bytes a round");
        }
    }

    private static void takeAndGive(BufferPool pool, int rounds) {
        for (int i = 0; i < rounds; i++) {
            ByteBuffer one = pool.take(PAGE);
            ByteBuffer other = pool.take(3 * PAGE);
            pool.give(one);
            pool.give(other);
        }
    }

    /** No two users have the same memory, and the sums are right, whatever is taken and given back. */
    @Test
    void randomUsersDoNotMeet() throws Exception {
        record Use(ByteBuffer buffer, int content) {}
        int most = 40 * PAGE;
        SplittableRandom random = Seeds.random("users of the pool");
        try (EventLoop loop = EventLoop.builder().name("subject").bufferPoolBytes(most).open()) {
            BufferPool pool = loop.buffers();
            List<Use> uses = new ArrayList<>();
            long taken = 0;
            for (int i = 0; i < 20_000; i++) {
                if (random.nextInt(100) < 50 && uses.size() < 100 || uses.isEmpty()) {
                    ByteBuffer buffer = pool.take(random.nextInt(1 << random.nextInt(18)));
                    taken += buffer.capacity();
                    buffer.putInt(0, i).putInt(buffer.capacity() - Integer.BYTES, i);
                    uses.add(new Use(buffer, i));
                } else {
                    Use use = uses.remove(random.nextInt(uses.size()));
                    ByteBuffer buffer = use.buffer;
                    assertEquals(use.content, buffer.getInt(0));
                    assertEquals(use.content, buffer.getInt(buffer.capacity() - Integer.BYTES));
                    taken -= buffer.capacity();
                    pool.give(buffer);
                    assertThrows(IllegalArgumentException.class, () -> pool.give(buffer));
                }
                assertEquals(taken, pool.takenBytes());
                assertTrue(pool.idleBytes() <= most);
            }
        }
    }
}
