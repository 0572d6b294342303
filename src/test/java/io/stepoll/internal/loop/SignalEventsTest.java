package io.stepoll.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.CallbackRegistration;
import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.SignalWatch;
import io.stepoll.Task;
import io.stepoll.internal.sys.Signals;
import io.stepoll.support.Looks;
import io.stepoll.support.RunningLoop;
import io.stepoll.support.VirtualTimeFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signals that call callbacks of loops, and that tasks wait for. WINCH and URG do nothing by default. */
@Timeout(60)
class SignalEventsTest extends VirtualTimeFixture {
    private static final int MANY = 2000;

    private final List<String> log = new ArrayList<>();

    @AfterEach
    void allSignalsAreGivenBack() throws Exception {
        close();
        assertFalse(isHandled("WINCH") || isHandled("URG"));
    }

    /** Whether this process has a handler for the signal, as the kernel sees it. */
    private static boolean isHandled(String signal) throws Exception {
        String mask = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigCgt:")).findFirst().orElseThrow();
        return (Long.parseUnsignedLong(mask.substring("SigCgt:".length()).strip(), 16)
                >>> Signals.number(signal) - 1 & 1) != 0;
    }

    private static void send(String signal) {
        assertEquals(0, Signals.send(Signals.number(signal)));
    }

    private static boolean hasArrived(SignalWatch watch, String signal) {
        return ((WatchedSignals) watch).hasArrived(signal);
    }

    private static void sendTo(SignalWatch watch, String signal) throws Exception {
        send(signal);
        Looks.until(() -> hasArrived(watch, signal));
    }

    /** Steps until the signals have come to the loop and what they call has run. */
    private void stepUntil(Callable<Boolean> look) throws Exception {
        Looks.until(() -> {
            loop.step(false);
            return look.call();
        });
    }

    @Test
    void callbacks() throws Exception {
        assertFalse(isHandled("WINCH"));
        CallbackRegistration first = loop.onSignal("WINCH", () -> {
            assertSame(loop, EventLoop.current());
            assertNull(Task.current());
            log.add("first");
        });
        CallbackRegistration second = loop.onSignal("WINCH", () -> log.add("second"));
        loop.onSignal("URG", () -> log.add("urgent"));
        assertTrue(isHandled("WINCH"));
        assertTrue(loop.step(false).done(), "a registration keeps no loop from being done");
        send("WINCH");
        stepUntil(() -> log.size() == 2);
        assertEquals(List.of("first", "second"), log);
        first.close();
        first.close();
        send("WINCH");
        stepUntil(() -> log.size() == 3);
        send("URG");
        stepUntil(() -> log.size() == 4);
        assertEquals(List.of("first", "second", "second", "urgent"), log);
        second.close();
        assertFalse(isHandled("WINCH"));
        assertTrue(isHandled("URG"));
        send("WINCH");
        loop.close();
        assertFalse(isHandled("URG"));
        assertEquals(4, log.size());
    }

    /** A callback takes itself back, and adds another one. */
    @Test
    void aCallbackThatChangesItsRegistration() throws Exception {
        CallbackRegistration[] own = new CallbackRegistration[1];
        own[0] = loop.onSignal("WINCH", () -> {
            log.add("once");
            own[0].close();
            own[0] = loop.onSignal("WINCH", () -> log.add("afterwards"));
        });
        send("WINCH");
        stepUntil(() -> log.size() == 1);
        send("WINCH");
        stepUntil(() -> log.size() == 2);
        assertEquals(List.of("once", "afterwards"), log);
        own[0].close();
    }

    /** Several loops on threads of their own each hear each signal, beside one that the signal stops. */
    @Test
    void severalLoops() throws Exception {
        AtomicInteger heard = new AtomicInteger();
        try (RunningLoop one = new RunningLoop(); RunningLoop two = new RunningLoop()) {
            for (RunningLoop each : List.of(one, two)) {
                each.call(() -> each.loop().onSignal("WINCH", heard::incrementAndGet));
            }
            Task<String> task = two.loop().spawn(() -> two.loop().awaitSignal("WINCH"));
            loop.stopOnSignals("WINCH");
            Looks.until(() -> task.thread().getState() == Thread.State.WAITING);
            send("WINCH");
            loop.run();
            Looks.until(() -> heard.get() == 2);
            assertEquals("WINCH", task.join());
            send("WINCH");
            loop.run();
            Looks.until(() -> heard.get() == 4);
        }
    }

    /** After each signal the callback runs at least once, and a flood does not fill the queue. */
    @Test
    void aFloodOfOneSignal() throws Exception {
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger seen = new AtomicInteger();
        int[] other = new int[1];
        loop.onSignal("WINCH", () -> {
            calls.incrementAndGet();
            seen.set(sent.get());
        });
        loop.onSignal("URG", () -> other[0]++);
        Thread sender = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < MANY; i++) {
                sent.incrementAndGet();
                send("WINCH");
            }
            send("URG");
        });
        int[] longest = new int[1];
        stepUntil(() -> {
            int[] queued = new int[1];
            Loop.of(loop).scheduler().forEachQueued(callback -> queued[0]++);
            longest[0] = Math.max(longest[0], queued[0]);
            return seen.get() == MANY && other[0] == 1;
        });
        sender.join();
        assertTrue(calls.get() >= 1 && calls.get() <= MANY, () -> calls + " calls");
        assertTrue(longest[0] <= 3, () -> longest[0] + " callbacks were queued at once");
    }

    @Test
    void aCallbackThatFails() throws Exception {
        loop.close();
        List<Object> failed = new ArrayList<>();
        loop = EventLoop.builder().failureHandler((callback, thrown) -> failed.add(callback)).open();
        Runnable failing = () -> {
            log.add("called");
            throw new IllegalStateException();
        };
        loop.onSignal("WINCH", failing);
        for (int i = 1; i <= 2; i++) {
            int calls = i;
            send("WINCH");
            stepUntil(() -> failed.size() == calls);
        }
        assertEquals(List.of(failing, failing), failed);
        assertEquals(2, log.size());
    }

    /** While the callback waits for a lock it is not called beside itself, and it is called again afterwards. */
    @Test
    void aCallbackThatWaitsForALock() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        boolean[] free = new boolean[1];
        Task<Void> owner = loop.spawn(() -> {
            lock.lock();
            while (!free[0]) {
                loop.sleep(SECOND);
            }
            lock.unlock();
        });
        loop.step(false);
        int[] inside = new int[2];
        loop.onSignal("WINCH", () -> {
            inside[0]++;
            lock.lock();
            lock.unlock();
            inside[1]++;
        });
        send("WINCH");
        stepUntil(() -> inside[0] == 1);
        send("WINCH");
        Looks.until(() -> loop.timeoutNanos() == 0);
        loop.step(false);
        send("WINCH"); // the same, as long as that one is pending
        loop.step(false);
        assertEquals(1, inside[0]);
        free[0] = true;
        stepUntil(() -> {
            clock.advance(SECOND);
            return inside[1] == 2;
        });
        assertEquals(2, inside[0]);
        assertTrue(owner.isDone());
    }

    @Test
    void aTaskWaits() throws Exception {
        Task<String> task = loop.spawn(() -> loop.awaitSignal("URG", "WINCH"));
        loop.step(false);
        assertTrue(isHandled("WINCH") && isHandled("URG"));
        send("WINCH");
        loop.runUntilDone();
        assertEquals("WINCH", task.join());
        assertFalse(isHandled("WINCH") || isHandled("URG"));
        assertEquals(0, clock.nanoTime());
    }

    /** A timeout, a deadline, a cancel: the signals are given back each time. */
    @Test
    void waitsThatEndWithoutASignal() throws Exception {
        assertNull(inTask(() -> loop.awaitSignal(HOUR, "WINCH")));
        assertEquals(HOUR.toNanos(), clock.nanoTime());
        assertFalse(isHandled("WINCH"));
        exceeds(MINUTE, () -> loop.awaitSignal("WINCH"));
        exceeds(MINUTE, () -> loop.awaitSignal(HOUR, "WINCH"));
        assertFalse(isHandled("WINCH"));
        Task<String> cancelled = loop.spawn(() -> loop.awaitSignal("WINCH"));
        loop.step(false);
        assertTrue(isHandled("WINCH"));
        cancelled.cancel();
        loop.runUntilDone();
        assertSame(Task.State.CANCELLED, cancelled.state());
        assertFalse(isHandled("WINCH"));
    }

    /** What comes between two waits, or before the first, is not lost, and counts once. */
    @Test
    void aWatchLosesNothing() throws Exception {
        try (SignalWatch watch = loop.watchSignals("URG", "WINCH")) {
            sendTo(watch, "WINCH");
            sendTo(watch, "URG");
            ((WatchedSignals) watch).received(Signals.number("URG")); // by the thread that reads signals
            assertEquals("URG", inTask(watch::await));
            assertEquals("WINCH", inTask(watch::await));
            assertNull(watch.tryAwait());
            Task<String> next = loop.spawn(() -> watch.await());
            loop.step(false);
            send("URG");
            loop.runUntilDone();
            assertEquals("URG", next.join());
        }
    }

    /** A cancel that comes beside the signal takes nothing away: the task has the signal, or the next wait has it. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, false", "true, true", "false, true"})
    void aCancelBesideASignal(boolean cancelFirst, boolean stepBetween) throws Exception {
        try (SignalWatch watch = loop.watchSignals("WINCH")) {
            Task<String> task = loop.spawn(() -> watch.await());
            loop.step(false);
            for (int i = 0; i < 2; i++) {
                if (cancelFirst == (i == 0)) {
                    task.cancel();
                } else {
                    send("WINCH");
                    Looks.until(() -> hasArrived(watch, "WINCH") || task.isDone());
                }
                if (stepBetween) {
                    loop.step(false);
                }
            }
            loop.runUntilDone();
            if (task.state() == Task.State.CANCELLED) {
                assertEquals("WINCH", inTask(() -> watch.await(HOUR)));
            } else {
                assertEquals("WINCH", task.join());
            }
        }
    }

    /** Two watches each get a signal; of two tasks at one watch one gets it, and the other goes on waiting. */
    @Test
    void severalTasks() throws Exception {
        try (SignalWatch one = loop.watchSignals("WINCH"); SignalWatch two = loop.watchSignals("WINCH")) {
            List<Task<String>> tasks = List.of(loop.spawn(() -> one.await()), loop.spawn(() -> two.await()),
                    loop.spawn(() -> two.await()));
            loop.step(false);
            send("WINCH");
            stepUntil(() -> tasks.stream().filter(Task::isDone).count() == 2);
            assertTrue(tasks.getFirst().isDone());
            send("WINCH");
            stepUntil(() -> tasks.stream().allMatch(Task::isDone));
        }
    }

    @Test
    void aWatchThatIsClosed() throws Exception {
        SignalWatch watch = loop.watchSignals("WINCH");
        Task<String> waiting = loop.spawn(() -> watch.await());
        loop.step(false);
        watch.close();
        watch.close();
        assertFalse(isHandled("WINCH"));
        loop.runUntilDone();
        assertInstanceOf(IllegalStateException.class, assertThrows(ExecutionException.class, waiting::join).getCause());
        assertThrows(IllegalStateException.class, () -> inTask(watch::await));
        assertNull(watch.tryAwait());
    }

    /** The default is INT and TERM; all names are looked at before a signal is taken over. */
    @Test
    void wrongUse() throws Exception {
        assertThrows(IllegalStateException.class, () -> loop.awaitSignal("WINCH"));
        assertThrows(IllegalArgumentException.class, () -> loop.watchSignals("WINCH", "KILL"));
        assertThrows(IllegalArgumentException.class, () -> inTask(() -> loop.awaitSignal("WINCH", "nonsense")));
        assertThrows(NullPointerException.class, () -> loop.onSignal("WINCH", null));
        assertThrows(NullPointerException.class, () -> loop.onSignal(null, () -> {}));
        assertFalse(isHandled("WINCH"));
        loop.watchSignals().close();
        loop.close();
        assertThrows(LoopClosedException.class, () -> loop.onSignal("WINCH", () -> {}));
        assertThrows(LoopClosedException.class, () -> loop.watchSignals("WINCH"));
        assertThrows(LoopClosedException.class, () -> loop.awaitSignal("WINCH"));
    }

    @ParameterizedTest
    @CsvSource({"QUIT, JVM uses it", "SEGV, JVM uses it", "USR2, JVM uses it", "KILL, no process handle",
            "STOP, no process handle", "SIGTERM, without SIG", "term, without SIG", "RTMIN, none of this name"})
    void aSignalThatIsRefused(String name, String why) {
        String message = assertThrows(IllegalArgumentException.class, () -> loop.onSignal(name, () -> {}))
                .getMessage();
        assertTrue(message.startsWith(name + " is no signal") && message.contains(why) && message.contains("TERM"),
                message);
    }

    /** The loop closes under a task that waits, and under callbacks that are queued. */
    @Test
    void theLoopCloses() throws Exception {
        Task<String> task = loop.spawn(() -> loop.awaitSignal("WINCH"));
        loop.step(false);
        loop.onSignal("URG", () -> log.add("told"));
        send("URG");
        Looks.until(() -> loop.timeoutNanos() == 0);
        loop.close();
        assertSame(Task.State.CANCELLED, task.state());
        assertEquals(List.of("told"), log, "what is queued runs in the close");
    }

    @Test
    void aDeadlineOverAWatch() {
        try (SignalWatch watch = loop.watchSignals("WINCH")) {
            DeadlineExceededException exceeded = exceeds(SECOND, watch::await);
            assertInstanceOf(InterruptedException.class, exceeded.getCause());
        }
    }
}
