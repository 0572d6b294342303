package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The nine faults of the loop that this one mirrors, each shown to be none of ours; numbered as in its description. */
@Timeout(120)
class FaultsTest {
    private static final long SECOND = 1_000_000_000;

    /** How a descriptor comes to the loop: both ways of waiting are to be right. */
    enum Way {
        ADOPT, OWN;

        Descriptor take(EventLoop loop, int fd) throws IOException {
            return this == ADOPT ? loop.adopt(fd) : loop.own(fd);
        }
    }

    /** 1: a delay asked for in the wake phase is not shorter by the time that the poll has slept. */
    @Test
    void delayAfterSleepingPollIsWhole() throws Exception {
        ScriptedClock clock = new ScriptedClock();
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Descriptor socket = loop.own(ends[0]);
            List<Long> times = new ArrayList<>();
            loop.spawn(() -> {
                loop.recv(socket, ByteBuffer.allocate(8));
                times.add(clock.nanoTime());
                loop.sleep(4 * SECOND);
                times.add(clock.nanoTime());
            });
            loop.step(false);
            RawSockets.send(ends[1], 1);
            clock.sleepBeforeReady(3 * SECOND);
            loop.step(true);
            assertEquals(List.of(3 * SECOND), times);
            loop.step(true);
            loop.step(false);
            assertEquals(List.of(3 * SECOND, 7 * SECOND), times);
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** 2: a hung-up descriptor that nobody waits for does not end the sleep, again and again. */
    @ParameterizedTest
    @EnumSource
    void hungUpDescriptorCostsNothing(Way way) throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            way.take(loop, ends[0]);
            RawSockets.close(ends[1]);
            loop.callLater(SECOND / 5, () -> {});
            long before = loop.reactor().poller.polls();
            loop.runUntilDone();
            long polls = loop.reactor().poller.polls() - before;
            assertTrue(polls <= 4, () -> "polls within one timer's time: " + polls);
        }
    }

    /** 3: a callback that throws runs once, and its neighbours run. */
    @Test
    void throwingCallbackRunsOnceAndItsNeighboursRun() throws Exception {
        List<String> log = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        try (EventLoop loop = EventLoop.builder().clock(new VirtualClock())
                .failureHandler((callback, failure) -> failures.add(failure.getMessage())).open()) {
            for (String where : List.of("timer", "transient")) {
                for (String what : List.of("first", "throws", "last")) {
                    Runnable callback = () -> {
                        log.add(where + " " + what);
                        if (what.equals("throws")) {
                            throw new IllegalStateException(where);
                        }
                    };
                    if (where.equals("timer")) {
                        loop.callLater(0, callback);
                    } else {
                        loop.callSoon(callback);
                    }
                }
            }
            loop.runUntilDone();
            assertEquals(List.of("timer last", "timer throws", "timer first",
                    "transient first", "transient throws", "transient last"), log);
            assertEquals(List.of("timer", "transient"), failures);
            assertTrue(loop.step(false).done());
        }
    }

    /** 4: a task that catches the error of one wait and waits again does wait. */
    @ParameterizedTest
    @EnumSource
    void taskThatCatchesItsErrorWaitsAgain(Way way) throws Exception {
        int[] broken = RawSockets.pair();
        int[] sound = RawSockets.pair();
        RawSockets.smallSendBuffer(broken[0], 4096);
        try (EventLoop loop = EventLoop.builder().clock(new VirtualClock()).open()) {
            Descriptor first = way.take(loop, broken[0]);
            Descriptor second = way.take(loop, sound[0]);
            List<Object> log = new ArrayList<>();
            loop.spawn(() -> {
                try {
                    loop.send(first, ByteBuffer.allocate(4_000_000));
                } catch (BrokenPipeException e) {
                    log.add("broken");
                }
                log.add(loop.recv(second, ByteBuffer.allocate(8)));
            });
            loop.step(false);
            RawSockets.close(broken[1]);
            loop.step(true);
            loop.step(false);
            loop.step(false);
            assertEquals(List.of("broken"), log);
            RawSockets.send(sound[1], 5);
            loop.step(true);
            assertEquals(List.of("broken", 5), log);
        } finally {
            RawSockets.close(sound[1]);
        }
    }

    /** 5: one task that reads and one that writes on the same socket do not take each other's events. */
    @ParameterizedTest
    @EnumSource
    void readerAndWriterOnOneSocket(Way way) throws Exception {
        int total = 300_000;
        int[] ends = RawSockets.pair();
        RawSockets.smallSendBuffer(ends[0], 4096);
        try (EventLoop loop = EventLoop.builder().clock(new VirtualClock()).open()) {
            Descriptor socket = way.take(loop, ends[0]);
            Task<Integer> reader = loop.spawn(() -> loop.recv(socket, ByteBuffer.allocate(8)));
            Task<Long> writer = loop.spawn(() -> loop.send(socket, ByteBuffer.allocate(total)));
            loop.step(false);
            int received = 0;
            for (int step = 0; !writer.isDone(); step++) {
                assertTrue(step < total, "the writer stands still");
                received += Math.max(0, RawSockets.recv(ends[1]));
                loop.step(false);
                assertFalse(reader.isDone(), "the reader was woken by room to write");
            }
            received += Math.max(0, RawSockets.recv(ends[1]));
            assertEquals(total, received);
            RawSockets.send(ends[1], 3);
            loop.step(true);
            assertEquals(3, reader.join());
            assertEquals(total, writer.join());
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** 6: no wall clock: nothing in the library or the shim so much as names one, so none can be set back under it. */
    @Test
    void noWallClock() throws Exception {
        Path classes = Path.of(EventLoop.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<Path> files;
        try (Stream<Path> walk = Files.walk(classes)) {
            files = walk.filter(file -> file.toString().matches(".*(\\.class|libstepoll\\.so)")).toList();
        }
        assertTrue(files.size() > 20, "looked at " + files);
        for (Path file : files) {
            String content = Files.readString(file, StandardCharsets.ISO_8859_1);
            for (String wall : List.of("currentTimeMillis", "java/time/Instant", "java/time/Clock", "java/util/Date",
                    "gettimeofday", "clock_gettime")) {
                assertFalse(content.contains(wall), file + " refers to " + wall);
            }
        }
    }

    /** 7: the work of a step does not grow with what merely waits. Counted in places looked at, not timed. */
    @Test
    void stepDoesNotGrowWithWhatWaits() throws Exception {
        int few = 1000;
        int many = 100_000;
        long withFew = timerWork(few);
        long withMany = timerWork(many);
        assertTrue(withMany <= 2 * withFew + 8, "places of the heap for one timer: " + withFew + " among " + few + ", "
                + withMany + " among " + many);
        assertEquals(wakeWork(10), wakeWork(10_000), "events and polls for one task's wake");
    }

    /** Places of the heap looked at for a timer that is set, comes due and runs, among others that wait. */
    private static long timerWork(int others) throws IOException {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            for (int i = 0; i < others; i++) {
                loop.callLater(3600 * SECOND + i, () -> {});
            }
            int[] runs = new int[1];
            long before = loop.reactor().timers.visited();
            int rounds = 100;
            for (int i = 0; i < rounds; i++) {
                loop.callLater(1, () -> runs[0]++);
                loop.step(true);
            }
            loop.step(false);
            assertEquals(rounds, runs[0]);
            return (loop.reactor().timers.visited() - before) / rounds;
        }
    }

    /** Polls and events looked at for one wake, among other tasks that are blocked. */
    private static String wakeWork(int others) throws Exception {
        try (EventLoop loop = EventLoop.builder().clock(new VirtualClock()).open()) {
            for (int i = 0; i < others; i++) {
                Descriptor silent = loop.adopt(RawSockets.check(Descriptors.eventfd()));
                loop.spawn(() -> silent.awaitReadable());
            }
            int bell = RawSockets.check(Descriptors.eventfd());
            Descriptor rung = loop.adopt(bell);
            Task<Void> task = loop.spawn(() -> rung.awaitReadable());
            loop.step(false);
            long polls = loop.reactor().poller.polls();
            long events = loop.reactor().poller.dispatched();
            Descriptors.eventfdWrite(bell);
            loop.step(true);
            assertTrue(task.isDone());
            return loop.reactor().poller.polls() - polls + " polls, "
                    + (loop.reactor().poller.dispatched() - events) + " events";
        }
    }

    /** 8: run-until-done returns when the last task or callback ends without a wait. */
    @Test
    void runUntilDoneEndsWithATaskThatNeverWaits() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int[] runs = new int[1];
            loop.runUntilDone();
            loop.spawn(() -> runs[0]++);
            loop.runUntilDone();
            loop.callSoon(() -> runs[0]++);
            loop.runUntilDone();
            loop.callLater(1, () -> runs[0]++);
            loop.runUntilDone();
            assertEquals(3, runs[0]);
        }
    }

    /** 9: a disowned descriptor wakes who waits for it, with an error; who reuses its number is not woken for it. */
    @ParameterizedTest
    @EnumSource
    void disownedDescriptorWakesItsWaiter(Way way) throws Exception {
        int[] ends = RawSockets.pair();
        int[] others = RawSockets.pair();
        try (EventLoop loop = EventLoop.builder().clock(new VirtualClock()).open()) {
            Descriptor socket = way.take(loop, ends[0]);
            Task<Integer> reader = loop.spawn(() -> loop.recv(socket, ByteBuffer.allocate(8)));
            loop.step(false);
            RawSockets.send(ends[1], 1); // its event is on the way when the descriptor goes
            int number = loop.disown(socket);
            assertEquals(ends[0], number);
            RawSockets.close(number);
            RawSockets.close(ends[1]);
            int[] reused = RawSockets.pair();
            assertEquals(number, Math.min(reused[0], reused[1]), "the kernel gives the lowest number");
            Descriptor next = way.take(loop, number);
            Task<Integer> nextReader = loop.spawn(() -> loop.recv(next, ByteBuffer.allocate(8)));
            loop.step(false);
            assertInstanceOf(AsynchronousCloseException.class,
                    assertThrows(ExecutionException.class, reader::join).getCause());
            loop.step(false);
            assertFalse(nextReader.isDone());
            RawSockets.send(number == reused[0] ? reused[1] : reused[0], 2);
            loop.step(true);
            assertEquals(2, nextReader.join());
            RawSockets.close(number == reused[0] ? reused[1] : reused[0]);
        } finally {
            RawSockets.close(others[0]);
            RawSockets.close(others[1]);
        }
    }
}
