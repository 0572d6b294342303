package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.loop.LoopBuilder;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.timer.TimerQueue;
import io.stepoll.support.RawSockets;
import io.stepoll.support.ScriptedClock;
import io.stepoll.support.Way;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The loop that this one mirrors has nine faults. These tests show that this loop has none of them. The numbers are
 * those of the faults' description.
 */
@Timeout(120)
class OriginalFaultsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** 1: a delay that a task asks for in the wake phase is not shortened by the time that the poll has slept. */
    @Test
    void delayAfterSleepingPollIsWhole() throws Exception {
        ScriptedClock clock = new ScriptedClock();
        int[] ends = RawSockets.pair();
        try (EventLoop loop = new LoopBuilder().clock(clock).open()) {
            Descriptor socket = loop.own(ends[0]);
            List<Duration> times = new ArrayList<>();
            loop.spawn(() -> {
                socket.read(ByteBuffer.allocate(8));
                times.add(Duration.ofNanos(clock.nanoTime()));
                loop.sleep(Duration.ofSeconds(4));
                times.add(Duration.ofNanos(clock.nanoTime()));
            });
            loop.step(false);
            RawSockets.send(ends[1], 1);
            clock.sleepBeforeReady(Duration.ofSeconds(3).toNanos());
            loop.step(true);
            assertEquals(List.of(Duration.ofSeconds(3)), times);
            loop.step(true);
            loop.step(false);
            assertEquals(List.of(Duration.ofSeconds(3), Duration.ofSeconds(7)), times);
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** 2: a hung-up descriptor that nobody waits for does not keep ending the loop's sleep. */
    @ParameterizedTest
    @EnumSource
    void hungUpDescriptorCostsNothing(Way way) throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            way.take(loop, ends[0]);
            RawSockets.close(ends[1]);
            loop.callLater(SECOND.dividedBy(5), () -> {});
            Poller poller = Loop.of(loop).poller();
            long before = poller.polls();
            loop.runUntilDone();
            long polls = poller.polls() - before;
            assertTrue(polls <= 4, () -> "polls within one timer's time: " + polls);
        }
    }

    /** 3: a callback that throws runs once, and the other callbacks of the phase run. */
    @Test
    void throwingCallbackRunsOnceAndTheOthersRun() throws Exception {
        List<String> log = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create())
                .failureHandler((callback, failure) -> failures.add(failure.getMessage())).open()) {
            for (String where : List.of("timer", "queued")) {
                for (String what : List.of("first", "throws", "last")) {
                    Runnable callback = () -> {
                        log.add(where + " " + what);
                        if (what.equals("throws")) {
                            throw new IllegalStateException(where);
                        }
                    };
                    if (where.equals("timer")) {
                        loop.callLater(Duration.ZERO, callback);
                    } else {
                        loop.callSoon(callback);
                    }
                }
            }
            loop.runUntilDone();
            assertEquals(List.of("timer last", "timer throws", "timer first",
                    "queued first", "queued throws", "queued last"), log);
            assertEquals(List.of("timer", "queued"), failures);
            assertTrue(loop.step(false).done());
        }
    }

    /** 4: a task may catch the exception of one wait and wait again. */
    @ParameterizedTest
    @EnumSource
    void aTaskWaitsAgainAfterAFailedWait(Way way) throws Exception {
        int[] broken = RawSockets.pair();
        int[] sound = RawSockets.pair();
        RawSockets.smallSendBuffer(broken[0], 4096);
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            Descriptor first = way.take(loop, broken[0]);
            Descriptor second = way.take(loop, sound[0]);
            List<Object> log = new ArrayList<>();
            loop.spawn(() -> {
                try {
                    first.write(ByteBuffer.allocate(4_000_000));
                } catch (BrokenPipeException e) {
                    log.add("broken");
                }
                log.add(second.read(ByteBuffer.allocate(8)));
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

    /** 5: one task reads from a socket and another writes to it. Neither takes the other's events. */
    @ParameterizedTest
    @EnumSource
    void readerAndWriterOnOneSocket(Way way) throws Exception {
        int total = 300_000;
        int[] ends = RawSockets.pair();
        RawSockets.smallSendBuffer(ends[0], 4096);
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            Descriptor socket = way.take(loop, ends[0]);
            Task<Integer> reader = loop.spawn(() -> socket.read(ByteBuffer.allocate(8)));
            Task<Integer> writer = loop.spawn(() -> socket.write(ByteBuffer.allocate(total)));
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

    /** 6: neither the classes nor the shim name a wall clock, so setting the wall clock back changes nothing. */
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

    /** 7: waiting timers and tasks add nothing to the work of a step. The test counts the work and measures no time. */
    @Test
    void waitingTimersAndTasksAddNoWork() throws Exception {
        int few = 1000;
        int many = 100_000;
        long withFew = timerWork(few);
        long withMany = timerWork(many);
        assertTrue(withMany <= 2 * withFew + 8, "places of the heap for one timer: " + withFew + " among " + few + ", "
                + withMany + " among " + many);
        assertEquals(wakeWork(10), wakeWork(10_000), "events and polls for one task's wake");
    }

    /** Sets and runs timers one by one, among others that wait. Returns how many places of the heap each looked at. */
    private static long timerWork(int others) throws IOException {
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            for (int i = 0; i < others; i++) {
                loop.callLater(Duration.ofHours(1).plusNanos(i), () -> {});
            }
            int[] runs = new int[1];
            TimerQueue timers = Loop.of(loop).timers();
            long before = timers.visited();
            int rounds = 100;
            for (int i = 0; i < rounds; i++) {
                loop.callLater(Duration.ofNanos(1), () -> runs[0]++);
                loop.step(true);
            }
            loop.step(false);
            assertEquals(rounds, runs[0]);
            return (timers.visited() - before) / rounds;
        }
    }

    /** Wakes one task among others that wait. Returns how many polls and events that took. */
    private static String wakeWork(int others) throws Exception {
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            for (int i = 0; i < others; i++) {
                Descriptor silent = loop.adopt(RawSockets.check(Descriptors.eventfd()));
                loop.spawn(() -> silent.awaitReadable());
            }
            int bell = RawSockets.check(Descriptors.eventfd());
            Descriptor rung = loop.adopt(bell);
            Task<Void> task = loop.spawn(() -> rung.awaitReadable());
            loop.step(false);
            Poller poller = Loop.of(loop).poller();
            long polls = poller.polls();
            long events = poller.dispatched();
            Descriptors.eventfdWrite(bell);
            loop.step(true);
            assertTrue(task.isDone());
            return poller.polls() - polls + " polls, " + (poller.dispatched() - events) + " events";
        }
    }

    /** 8: runUntilDone returns when the last task or callback ends, even if it never waited. */
    @Test
    void runUntilDoneEndsWithAnythingThatNeverWaits() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int[] runs = new int[1];
            loop.runUntilDone();
            loop.spawn(() -> runs[0]++);
            loop.runUntilDone();
            loop.callSoon(() -> runs[0]++);
            loop.runUntilDone();
            loop.callLater(Duration.ofNanos(1), () -> runs[0]++);
            loop.runUntilDone();
            assertEquals(3, runs[0]);
        }
    }

    /** 9: a disown ends each wait with an exception. The next descriptor of that number gets none of the events. */
    @ParameterizedTest
    @EnumSource
    void disownedDescriptorWakesItsWaiter(Way way) throws Exception {
        int[] ends = RawSockets.pair();
        int[] others = RawSockets.pair();
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            Descriptor socket = way.take(loop, ends[0]);
            Task<Integer> reader = loop.spawn(() -> socket.read(ByteBuffer.allocate(8)));
            loop.step(false);
            RawSockets.send(ends[1], 1); // the event is on its way when the descriptor leaves the loop
            int number = socket.disown();
            assertEquals(ends[0], number);
            RawSockets.close(number);
            RawSockets.close(ends[1]);
            int[] reused = RawSockets.pairWith(number);
            Descriptor next = way.take(loop, number);
            Task<Integer> nextReader = loop.spawn(() -> next.read(ByteBuffer.allocate(8)));
            loop.step(false);
            assertInstanceOf(AsynchronousCloseException.class,
                    assertThrows(ExecutionException.class, reader::join).getCause());
            loop.step(false);
            assertFalse(nextReader.isDone());
            RawSockets.send(reused[1], 2);
            loop.step(true);
            assertEquals(2, nextReader.join());
            RawSockets.close(reused[1]);
        } finally {
            RawSockets.close(others[0]);
            RawSockets.close(others[1]);
        }
    }
}
