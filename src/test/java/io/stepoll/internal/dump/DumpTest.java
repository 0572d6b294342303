package io.stepoll.internal.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.stepoll.CallbackRegistration;
import io.stepoll.EventLoop;
import io.stepoll.VirtualClock;
import io.stepoll.internal.sys.Signals;
import io.stepoll.metrics.LoopDump;
import io.stepoll.metrics.LoopDump.TaskEntry;
import io.stepoll.metrics.Metric;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.support.RunningLoop;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a dump says of a loop whose tasks wait in each way. */
@Timeout(60)
class DumpTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private static TaskEntry task(LoopDump dump, String name) {
        return dump.tasks().stream().filter(task -> task.name().equals(name)).findFirst()
                .orElseThrow(() -> new AssertionError("no task " + name + " in " + dump));
    }

    private static void hold(CountDownLatch end, AtomicBoolean holds) {
        holds.set(true);
        while (end.getCount() > 0) {
            Thread.onSpinWait();
        }
    }

    /** The loop is between two steps: the test's thread is its own. */
    @Test
    void eachTaskSaysWhatItWaitsFor() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        try (EventLoop loop = EventLoop.builder().name("dumped").clock(VirtualClock.create()).open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            lock.lock();
            loop.spawn("reads", () -> pair[0].read(ByteBuffer.allocateDirect(8), Duration.ofSeconds(30)));
            loop.spawn("sleeps", () -> loop.sleep(HOUR));
            loop.spawn("locks", () -> {
                lock.lock();
                lock.unlock();
            });
            loop.spawnDaemon("joins", () -> loop.spawn("joined", () -> loop.sleep(HOUR)).join());
            loop.spawn("within", () -> loop.within(HOUR, () -> loop.sleep(HOUR)));
            loop.callLater(HOUR, () -> {}).setDaemon(true);
            Loops.steps(loop, 3);
            loop.callSoon(() -> {});
            LoopDump dump = loop.dump();
            assertEquals("dumped", dump.loop());
            assertEquals(LoopDump.State.RESTING, dump.state());
            assertNull(dump.runs());
            assertEquals(6, dump.tasksInAll(), dump::toString);
            TaskEntry reads = task(dump, "reads");
            assertTrue(reads.waitsFor().startsWith("recv on "), reads::toString);
            assertTrue(reads.waitsFor().contains("descriptor " + pair[0].descriptor().fd()), reads::toString);
            assertEquals(Duration.ofSeconds(30), reads.deadline());
            assertFalse(reads.since().isNegative());
            assertTrue(reads.stack().toString().contains("DumpTest"), reads::toString);
            assertEquals("sleep", task(dump, "sleeps").waitsFor());
            assertEquals(HOUR, task(dump, "sleeps").deadline());
            assertTrue(task(dump, "locks").waitsFor().contains("ReentrantLock"), dump::toString);
            assertNull(task(dump, "locks").deadline());
            assertTrue(task(dump, "joins").daemon());
            assertFalse(task(dump, "joined").daemon());
            assertEquals(6, dump.timersInAll(), dump::toString);
            assertEquals(Duration.ofSeconds(30), dump.timers().getFirst().due());
            assertTrue(dump.timers().stream().anyMatch(one -> one.what().startsWith("deadline over code of ")));
            assertTrue(dump.timers().stream().anyMatch(one -> one.what().startsWith("timer ") && one.daemon()));
            assertEquals(2, dump.descriptorsInAll());
            assertEquals("read", dump.descriptors().getFirst().waits());
            assertEquals("", dump.descriptors().getLast().waits());
            assertEquals(1, dump.queuedInAll());
            assertTrue(dump.queued().getFirst().contains("DumpTest"), dump::toString);
            lock.unlock();
        }
    }

    @Test
    void aLoopThatRunsAnswersItself() throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            EventLoop loop = running.loop();
            running.call(() -> loop.spawn("sleeps", () -> loop.sleep(HOUR)));
            AtomicBoolean ends = new AtomicBoolean();
            CountDownLatch begun = new CountDownLatch(1);
            loop.spawn("busy", () -> {
                begun.countDown();
                while (!ends.get()) {
                    loop.sleep(Duration.ZERO);
                }
            });
            begun.await();
            for (int i = 0; i < 20; i++) {
                LoopDump dump = loop.dump();
                assertEquals("sleep", task(dump, "sleeps").waitsFor());
                task(dump, "busy");
                assertEquals(2, dump.tasksInAll(), dump::toString);
            }
            ends.set(true);
        }
    }

    /** A sleeping loop is looked at, and not woken. */
    @Test
    void aSleepingLoopSleepsOn() throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            EventLoop loop = running.loop();
            running.call(() -> loop.spawn("sleeps", () -> loop.sleep(HOUR)));
            Looks.until(() -> loop.dump().state() == LoopDump.State.SLEEPING);
            long polls = loop.metrics().get(Metric.POLLS);
            assertEquals(1, loop.dump().tasksInAll());
            assertEquals(polls, loop.metrics().get(Metric.POLLS));
        }
    }

    @Test
    void aHeldLoopIsDumpedBesideIt() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        AtomicBoolean holds = new AtomicBoolean();
        try (RunningLoop running = new RunningLoop()) {
            EventLoop loop = running.loop();
            running.call(() -> loop.spawn("sleeps", () -> loop.sleep(HOUR)));
            loop.spawn("holds", () -> hold(end, holds));
            Looks.until(holds::get);
            loop.callSoon(() -> {});
            LoopDump dump = loop.dump();
            end.countDown();
            assertEquals(LoopDump.State.RUNNING, dump.state());
            assertTrue(dump.runs().contains("holds"), dump::runs);
            assertTrue(dump.stack().stream().anyMatch(frame -> frame.getMethodName().equals("hold")), dump::toString);
            assertEquals("sleep", task(dump, "sleeps").waitsFor());
            assertEquals(Thread.State.RUNNABLE, task(dump, "holds").state());
            assertNull(task(dump, "holds").waitsFor());
            assertTrue(dump.queuedInAll() >= 1, dump::toString);
        }
    }

    @Test
    void theJsonSaysTheSame() throws Exception {
        try (EventLoop loop = EventLoop.builder().name("a \"name\" \\ with\nall").open()) {
            loop.spawn("täsk \ud83d\ude00", () -> loop.sleep(HOUR));
            loop.step(false);
            LoopDump dump = loop.dump();
            JsonObject json = JsonParser.parseString(dump.toJson()).getAsJsonObject();
            assertEquals(dump.loop(), json.get("loop").getAsString());
            assertEquals("RESTING", json.get("state").getAsString());
            assertTrue(json.get("runs").isJsonNull());
            JsonObject task = json.getAsJsonArray("tasks").get(0).getAsJsonObject();
            assertEquals("täsk \ud83d\ude00", task.get("name").getAsString());
            assertEquals("sleep", task.get("waitsFor").getAsString());
            assertTrue(task.get("deadlineNanos").getAsLong() > 0);
            assertEquals(dump.tasks().getFirst().stack().size(), task.getAsJsonArray("stack").size());
            assertEquals(1, json.getAsJsonArray("timers").size());
            assertTrue(dump.toString().contains("tasks: 1"), dump::toString);
        }
    }

    /** The text names the first frame that is neither the JDK's nor this library's. */
    @Test
    void theTextNamesTheProgramsOwnFrame() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn(() -> Looks.until(() -> false)).thread();
            loop.step(false);
            assertTrue(loop.dump().toString().contains(", at io.stepoll.support.Looks.until(Looks.java:"),
                    () -> loop.dump().toString());
        }
    }

    @Test
    void listsAreCut() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            for (int i = 0; i < 5; i++) {
                loop.spawn(() -> loop.sleep(HOUR));
            }
            loop.step(false);
            LoopDump dump = loop.dump(2);
            assertEquals(2, dump.tasks().size());
            assertEquals(5, dump.tasksInAll());
            assertEquals(2, dump.timers().size());
            assertEquals(5, dump.timersInAll());
            assertTrue(dump.toString().contains("tasks: 5, of which the first 2"), dump::toString);
            assertThrows(IllegalArgumentException.class, () -> loop.dump(-1));
            assertEquals(0, loop.dump(0).tasks().size());
        }
    }

    @Test
    void aClosedLoopIsEmpty() throws Exception {
        EventLoop loop = EventLoop.open();
        try (loop) {
            loop.step(false);
        }
        assertEquals(LoopDump.State.CLOSED, loop.dump().state());
        assertEquals(0, loop.dump().tasksInAll());
    }

    /** The signal comes while the loop is held. */
    @Test
    void aSignalLogsADump() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        AtomicBoolean holds = new AtomicBoolean();
        try (LogCapture log = new LogCapture(); RunningLoop running = new RunningLoop()) {
            EventLoop loop = running.loop();
            try (CallbackRegistration _ = loop.dumpOnSignal("USR1")) {
                loop.spawn("holds", () -> hold(end, holds));
                Looks.until(holds::get);
                Signals.send(Signals.number("USR1"));
                Looks.until(() -> log.messages().stream().anyMatch(message -> message.contains("holds")));
                end.countDown();
            }
        }
    }
}
