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
import io.stepoll.LoopGroup;
import io.stepoll.VirtualClock;
import io.stepoll.internal.sys.Signals;
import io.stepoll.internal.threads.Workers;
import io.stepoll.metrics.LoopDump;
import io.stepoll.metrics.LoopDump.TaskEntry;
import io.stepoll.metrics.Metric;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.HeldLock;
import io.stepoll.support.LogCapture;
import io.stepoll.support.KernelThread;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.support.RunningLoop;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
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
            KernelThread thread = running.call(KernelThread::current);
            running.call(() -> loop.spawn("sleeps", () -> loop.sleep(HOUR)));
            Looks.until(() -> loop.dump().state() == LoopDump.State.SLEEPING);
            thread.awaitSleep(); // it takes note of its sleep before it polls
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

    /** The loop cannot answer, and what has asked it is nothing of the program's. */
    @Test
    void aDumpShowsNothingOfItself() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        AtomicBoolean holds = new AtomicBoolean();
        try (LoopGroup group = LoopGroup.builder().loops(1).options(o -> o.histograms(true).inboxLimit(100)).open()) {
            EventLoop loop = group.loop(0);
            loop.spawn("holds", () -> hold(end, holds));
            Looks.until(holds::get);
            List<LoopDump> dumps = List.of(loop.dump(), loop.dump());
            long depth = loop.metrics().get(Metric.INBOX_DEPTH);
            end.countDown();
            for (LoopDump dump : dumps) {
                assertEquals(LoopDump.State.RUNNING, dump.state());
                assertEquals(0, dump.queuedInAll(), dump::toString);
            }
            assertEquals(0, depth);
            loop.spawn(() -> { }).join();
            assertEquals(2, loop.metrics().get(Metric.SUBMITS), "the two tasks");
        }
    }

    /** A callback that waits holds nothing, and would be seen nowhere else. */
    @Test
    void aCallbackThatWaitsIsShown() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        try (EventLoop loop = EventLoop.open(); HeldLock held = new HeldLock()) {
            lock.lock();
            loop.callSoon(() -> {
                lock.lock();
                lock.unlock();
            });
            loop.callSoon(held::await);
            Loops.steps(loop, 2);
            LoopDump dump = loop.dump();
            assertEquals(2, dump.callbacksInAll(), dump::toString);
            LoopDump.CallbackEntry first = dump.callbacks().getFirst();
            assertTrue(first.what().contains("DumpTest.lambda$aCallbackThatWaitsIsShown"), dump::toString);
            assertTrue(first.waitsFor().contains("ReentrantLock"), dump::toString);
            assertEquals("a monitor", dump.callbacks().getLast().waitsFor());
            assertTrue(dump.toString().contains("callbacks that wait: 2"), dump::toString);
            JsonObject json = JsonParser.parseString(dump.toJson()).getAsJsonObject();
            assertEquals(first.waitsFor(),
                    json.getAsJsonArray("callbacks").get(0).getAsJsonObject().get("waitsFor").getAsString());
            assertEquals(1, loop.dump(1).callbacks().size());
            assertEquals(2, loop.dump(1).callbacksInAll());
            lock.unlock();
            held.release();
            loop.runUntilDone();
            assertEquals(0, loop.dump().callbacksInAll());
            assertFalse(loop.dump().toString().contains("callbacks"));
        }
    }

    /** The text is lines, for logs: no name makes one of its own. It is the same in each country. */
    @Test
    void namesMakeNoLines() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try (EventLoop loop = EventLoop.builder().name("a\nb").clock(VirtualClock.create()).open()) {
            loop.spawn("x\r\ny \u2028 \u001b[31m ä \ud83d\ude00", () -> loop.sleep(HOUR));
            loop.step(false);
            String text = loop.dump().toString();
            assertEquals(7, text.lines().count(), text);
            assertTrue(text.startsWith("event loop a\\u000ab on "), text);
            assertTrue(text.contains("\"x\\u000d\\u000ay \\u2028 \\u001b[31m ä \ud83d\ude00\" "), text);
            assertTrue(text.contains("deadline in 3600.0 s"), text);
            assertFalse(text.contains("\u001b"), text);
        } finally {
            Locale.setDefault(before);
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

    /** It is most wanted when nothing goes on, perhaps because all offload threads wait. */
    @Test
    void aSignalLogsADumpEvenIfAllWorkersAreTaken() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        for (int i = 0; i < Workers.MOST; i++) {
            Workers.executor().execute(() -> {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.builder().name("asked").open();
                CallbackRegistration _ = loop.dumpOnSignal("USR1")) {
            Signals.send(Signals.number("USR1"));
            Looks.until(() -> log.messages().stream().anyMatch(message -> message.contains("event loop asked")));
        } finally {
            end.countDown();
        }
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
