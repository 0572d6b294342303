package io.stepoll.internal.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.PeriodicTimer;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.HeldLock;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Callbacks that wait for a lock of another thread. The others of their phase run meanwhile, in their order, and the
 * one that waited goes on later.
 */
@Timeout(60)
class WaitingCallbackTest {
    private static final int STEPS = 20;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final VirtualClock clock = VirtualClock.create();
    private final int[] ends = RawSockets.pair();
    private final HeldLock lock;
    private EventLoop loop;
    private Descriptor socket;

    WaitingCallbackTest() throws InterruptedException {
        lock = new HeldLock();
    }

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().clock(clock)
                .failureHandler((callback, failure) -> failures.add(failure.toString())).open();
        socket = loop.own(ends[0]);
        clock.hold(); // it moves by pass() only, also while nothing but the lock is waited for
    }

    @AfterEach
    void close() {
        lock.release();
        loop.close();
        RawSockets.close(ends[1]);
        assertEquals(List.of(), failures);
    }

    /** The kinds of callbacks, and how several of a kind come into one phase, in the order of the list. */
    private enum Kind {
        QUEUED {
            @Override
            void begin(EventLoop loop, List<Runnable> callbacks) {
                callbacks.forEach(loop::callSoon);
            }
        },
        TIMER {
            @Override
            void begin(EventLoop loop, List<Runnable> callbacks) {
                callbacks.reversed().forEach(callback -> loop.callLater(Duration.ZERO, callback));
            }
        },
        HANDLER {
            @Override
            void begin(EventLoop loop, List<Runnable> callbacks) throws IOException {
                for (Runnable callback : callbacks.reversed()) {
                    int[] pair = RawSockets.pair();
                    loop.own(pair[0]).handle(descriptor -> {
                        descriptor.close(); // so nothing of it is left for the loop to wait for
                        callback.run();
                    }, true, false);
                    RawSockets.close(pair[1]);
                }
            }
        },
        EXECUTED {
            @Override
            void begin(EventLoop loop, List<Runnable> callbacks) {
                callbacks.forEach(loop.asScheduledExecutor()::execute);
            }
        },
        SCHEDULED {
            @Override
            void begin(EventLoop loop, List<Runnable> callbacks) {
                ScheduledExecutorService executor = loop.asScheduledExecutor();
                callbacks.forEach(callback -> executor.schedule(callback, 0, TimeUnit.NANOSECONDS));
            }
        };

        abstract void begin(EventLoop loop, List<Runnable> callbacks) throws IOException;
    }

    private Runnable logs(String entry) {
        return () -> log.add(entry);
    }

    /** A callback that waits for the lock. */
    private Runnable waits(String name) {
        return waits(lock, name);
    }

    private Runnable waits(HeldLock waitedFor, String name) {
        return () -> {
            log.add(name + " waits");
            waitedFor.await();
            log.add(name + " goes on");
        };
    }

    private void steps() {
        Loops.steps(loop, STEPS);
    }

    /** Steps until something has happened that another thread has begun. */
    private void stepUntil(BooleanSupplier happened) {
        while (!happened.getAsBoolean()) {
            loop.step(false);
            assertFalse(Thread.currentThread().isInterrupted(), () -> "the test's time is over: " + log);
        }
    }

    /** What the log has got since the last call of this. */
    private List<String> logged() {
        List<String> entries = List.copyOf(log);
        log.clear();
        return entries;
    }

    @ParameterizedTest
    @EnumSource
    void theOthersOfThePhaseRunInTheirOrder(Kind kind) throws Exception {
        kind.begin(loop, List.of(logs("first"), waits("second"), logs("third"), logs("fourth")));
        loop.step(false);
        assertEquals(List.of("first", "second waits", "third", "fourth"), logged());
        assertFalse(loop.step(false).done());
        kind.begin(loop, List.of(logs("fifth"), logs("sixth")));
        loop.step(false);
        assertEquals(List.of("fifth", "sixth"), logged());
        lock.release();
        stepUntil(() -> loop.step(false).done());
        assertEquals(List.of("second goes on"), logged());
    }

    @Test
    void aTaskOfThePhaseKeepsItsPlace() {
        loop.callSoon(logs("first"));
        loop.spawn(() -> {
            log.add("task");
            loop.sleep(Duration.ZERO);
            log.add("task again");
        });
        loop.callSoon(waits("second"));
        loop.spawn(() -> log.add("other task"));
        loop.callSoon(logs("third"));
        loop.step(false);
        assertEquals(List.of("first", "task", "second waits", "other task", "third"), logged());
        loop.callSoon(logs("fourth"));
        loop.step(false);
        assertEquals(List.of("task again", "fourth"), logged());
    }

    @ParameterizedTest
    @EnumSource
    void twoWaitAtOnce(Kind kind) throws Exception {
        try (HeldLock other = new HeldLock()) {
            kind.begin(loop, List.of(waits("first"), waits(other, "second"), logs("third")));
            loop.step(false);
            assertEquals(List.of("first waits", "second waits", "third"), logged());
            other.release();
            stepUntil(() -> !log.isEmpty());
            lock.release();
            stepUntil(() -> loop.step(false).done());
            assertEquals(List.of("second goes on", "first goes on"), logged());
        }
    }

    /** The loop keeps fewer runners than that when they are idle. */
    @ParameterizedTest
    @EnumSource
    void manyWaitAtOnce(Kind kind) throws Exception {
        int many = 50;
        for (int round = 0; round < 2; round++) {
            try (HeldLock held = new HeldLock()) {
                List<Runnable> callbacks = new ArrayList<>();
                for (int i = 0; i < many; i++) {
                    callbacks.add(waits(held, "callback " + i));
                }
                kind.begin(loop, callbacks);
                loop.step(false);
                assertEquals(many, logged().size());
                held.release();
                stepUntil(() -> loop.step(false).done());
                assertEquals(many, logged().stream().filter(entry -> entry.endsWith("goes on")).distinct().count());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void runUntilDoneWaitsForIt(Kind kind) throws Exception {
        kind.begin(loop, List.of(waits("it")));
        lock.releaseOnceAwaited();
        loop.runUntilDone();
        assertEquals(List.of("it waits", "it goes on"), logged());
    }

    @ParameterizedTest
    @EnumSource
    void theLoopStopsWhileOneWaits(Kind kind) throws Exception {
        kind.begin(loop, List.of(waits("it"), loop::stop));
        loop.run();
        assertEquals(List.of("it waits"), logged());
        lock.release();
        loop.runUntilDone();
        assertEquals(List.of("it goes on"), logged());
    }

    /** After its wait a callback can do what it could do before. */
    @ParameterizedTest
    @EnumSource
    void stopsAndSpawnsAfterItsWait(Kind kind) throws Exception {
        kind.begin(loop, List.of(() -> {
            lock.await();
            loop.callSoon(logs("queued"));
            loop.spawn(() -> log.add("task"));
            loop.callLater(Duration.ZERO, logs("timer"));
            loop.stop();
        }));
        lock.releaseOnceAwaited();
        loop.run();
        assertEquals(List.of(), logged());
        loop.runUntilDone();
        assertEquals(List.of("timer", "queued", "task"), logged());
    }

    @ParameterizedTest
    @EnumSource
    void knowsWhereItRuns(Kind kind) throws Exception {
        Thread own = Thread.currentThread();
        TaskBody look = () -> {
            assertEquals(own.getName(), Thread.currentThread().getName());
            assertSame(loop, EventLoop.current());
            assertNull(Task.current());
            assertTrue(loop.isCurrent());
        };
        kind.begin(loop, List.of(checks(() -> {
            look.run();
            lock.await();
            look.run();
        })));
        lock.releaseOnceAwaited();
        loop.runUntilDone();
        assertEquals(List.of("checked"), logged());
    }

    /** A callback that checks something. What it throws is among the failures, or else it logs that it has checked. */
    private Runnable checks(TaskBody check) {
        return () -> {
            try {
                check.run();
                log.add("checked");
            } catch (Throwable thrown) {
                failures.add(thrown.toString());
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void callsThatWaitAreRefusedByName(Kind kind) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(1);
        Task<Void> task = loop.spawn(() -> loop.sleep(DAY));
        Future<?> future = loop.asScheduledExecutor().schedule(() -> {}, 1, TimeUnit.DAYS);
        Map<String, TaskBody> calls = Map.of("sleep", () -> loop.sleep(SECOND), "recv", () -> socket.read(buffer),
                "send", () -> socket.write(buffer), "awaitReadable", socket::awaitReadable, "join", task::join,
                "get", future::get, "within", () -> loop.within(SECOND, () -> {}),
                "offload", () -> loop.offload(() -> 1));
        TaskBody refused = () -> calls.forEach((name, call) -> assertEquals(
                name + " may wait, and a callback must not: call it in a task",
                assertThrows(IllegalStateException.class, call::run).getMessage()));
        kind.begin(loop, List.of(checks(() -> {
            refused.run();
            lock.await();
            refused.run();
            future.cancel(false);
            task.cancel();
        })));
        lock.releaseOnceAwaited();
        loop.runUntilDone();
        assertEquals(List.of("checked"), logged());
    }

    @ParameterizedTest
    @EnumSource
    void cannotRunOrCloseItsLoop(Kind kind) throws Exception {
        Map<String, Runnable> calls = Map.of("close", loop::close, "run", loop::run, "step", () -> loop.step(false));
        TaskBody refused = () -> calls.forEach((name, call) -> {
            String message = assertThrows(IllegalStateException.class, call::run).getMessage();
            assertTrue(message.startsWith(name + " was called from within a step of the same loop"), message);
        });
        kind.begin(loop, List.of(checks(() -> {
            refused.run();
            lock.await();
            refused.run();
        })));
        lock.releaseOnceAwaited();
        loop.runUntilDone();
        assertEquals(List.of("checked"), logged());
    }

    /** Neither the others of the phase nor those of later steps see the status that a callback leaves behind. */
    @ParameterizedTest
    @EnumSource
    void anInterruptStatusIsForNoOtherCallback(Kind kind) throws Exception {
        Runnable interrupts = () -> Thread.currentThread().interrupt();
        Runnable looks = () -> log.add(String.valueOf(Thread.currentThread().isInterrupted()));
        kind.begin(loop, List.of(interrupts, looks, () -> {
            lock.await();
            interrupts.run();
        }, looks));
        lock.releaseOnceAwaited();
        loop.runUntilDone();
        kind.begin(loop, List.of(looks, interrupts));
        kind.begin(loop, List.of(looks));
        loop.runUntilDone();
        assertEquals(List.of("false", "false", "false", "false"), logged());
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void aFailureAfterTheWaitIsHandled() {
        loop.callSoon(() -> {
            lock.await();
            throw new IllegalStateException("after the wait");
        });
        lock.releaseOnceAwaited();
        loop.runUntilDone();
        assertEquals("java.lang.IllegalStateException: after the wait", failures.removeFirst());
    }

    @ParameterizedTest
    @EnumSource
    void theCloseInterruptsTheWait(Kind kind) throws Exception {
        kind.begin(loop, List.of(checks(() -> assertThrows(InterruptedException.class, lock::awaitInterruptibly)),
                waits("other")));
        loop.step(false);
        assertEquals(List.of("other waits"), logged());
        loop.close();
        assertEquals(List.of("checked"), logged());
    }

    /** The callback begins in the close, after the close has interrupted what waited before. */
    @Test
    void theCloseInterruptsAWaitThatBeginsInIt() {
        loop.callSoon(checks(() -> assertThrows(InterruptedException.class, lock::awaitInterruptibly)));
        loop.close();
        assertEquals(List.of("checked"), logged());
    }

    @Test
    void theCloseSaysHowManyStillWait() throws Exception {
        CountDownLatch ended = new CountDownLatch(2);
        Runnable late = () -> {
            lock.await();
            ended.countDown();
        };
        try (LogCapture captured = new LogCapture()) {
            loop.callSoon(late);
            loop.step(false);
            loop.callSoon(late);
            loop.close();
            assertTrue(captured.messages().getFirst().endsWith("callbacks that wait and have not ended: 2"),
                    captured.messages()::toString);
        }
        lock.release();
        ended.await();
    }

    /** No interrupt ends the wait for a monitor, so the callback ends after the close, on another thread. */
    @ParameterizedTest
    @EnumSource
    void goesOnAfterTheClose(Kind kind) throws Exception {
        int several = 3;
        CountDownLatch ended = new CountDownLatch(several);
        Runnable late = () -> {
            checks(() -> {
                lock.await();
                assertThrows(LoopClosedException.class, () -> loop.callSoon(() -> {}));
                assertFalse(loop.isCurrent());
                assertNull(EventLoop.current());
            }).run();
            ended.countDown();
        };
        kind.begin(loop, List.of(late, late, logs("neighbour"), late));
        loop.step(false);
        loop.close();
        assertEquals(List.of("neighbour"), logged());
        lock.release();
        ended.await();
        assertEquals(List.of("checked", "checked", "checked"), logged());
    }

    /** Logs what it reads, and waits for the lock after the first time. */
    private ReadinessHandler reader(String name) {
        return descriptor -> {
            int count = descriptor.tryRead(ByteBuffer.allocate(8));
            if (count == Descriptor.WOULD_BLOCK) {
                return;
            }
            log.add(name + " reads " + count);
            lock.await();
            log.add(name + " ends");
            if (count == -1) {
                descriptor.close();
            }
        };
    }

    /** A handler that waits is not called beside itself. What happens meanwhile calls it afterwards. */
    @Test
    void aHandlerGetsAfterwardsWhatHappenedMeanwhile() throws Exception {
        socket.handle(reader("it"), true, false);
        RawSockets.send(ends[1], 1);
        loop.step(false);
        assertEquals(List.of("it reads 1"), logged());
        RawSockets.send(ends[1], 2);
        steps();
        assertEquals(List.of(), logged());
        lock.release();
        stepUntil(() -> log.size() == 3);
        assertEquals(List.of("it ends", "it reads 2", "it ends"), logged());
    }

    @Test
    void aHandlerGetsTheEndOfTheStreamAfterwards() throws Exception {
        socket.handle(reader("it"), true, false);
        RawSockets.send(ends[1], 1);
        loop.step(false);
        RawSockets.check(Sockets.shutdown(ends[1], Sockets.SHUT_WR));
        steps();
        assertEquals(List.of("it reads 1"), logged());
        lock.release();
        loop.runUntilDone();
        assertEquals(List.of("it ends", "it reads -1", "it ends"), logged());
        assertFalse(socket.isOpen());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anotherHandlerIsSetWhileOneWaits(boolean noneInBetween) throws Exception {
        socket.handle(reader("it"), true, false);
        RawSockets.send(ends[1], 1);
        loop.step(false);
        if (noneInBetween) {
            socket.handle(null, false, false);
        }
        socket.handle(reader("another"), true, false);
        RawSockets.send(ends[1], 2);
        steps();
        assertEquals(List.of("it reads 1"), logged());
        lock.release();
        stepUntil(() -> log.size() == 3);
        assertEquals(List.of("it ends", "another reads 2", "another ends"), logged());
    }

    @Test
    void theDescriptorIsClosedWhileItsHandlerWaits() throws Exception {
        socket.handle(reader("it"), true, false);
        RawSockets.send(ends[1], 1);
        loop.step(false);
        RawSockets.send(ends[1], 2);
        steps();
        loop.callSoon(socket::close);
        lock.releaseOnceAwaited();
        loop.runUntilDone();
        assertEquals(List.of("it reads 1", "it ends"), logged());
    }

    /** Logs its begin, waits the first time, and logs how many ticks were left out. */
    private PeriodicTimer start(boolean fixedRate) {
        PeriodicTimer[] timer = new PeriodicTimer[1];
        Runnable callback = () -> {
            log.add("tick");
            lock.await();
            log.add("missed " + timer[0].missed());
        };
        timer[0] = fixedRate ? loop.callAtFixedRate(Duration.ZERO, SECOND, callback)
                : loop.callWithFixedDelay(Duration.ZERO, SECOND, callback);
        loop.step(false);
        assertEquals(List.of("tick"), logged());
        return timer[0];
    }

    private void pass(Duration time) {
        clock.advance(time);
        loop.step(false);
    }

    @Test
    void aPeriodicTimerLeavesOutTicks() {
        PeriodicTimer timer = start(true);
        pass(SECOND);
        pass(SECOND.multipliedBy(2));
        assertEquals(List.of(), logged());
        lock.release();
        stepUntil(() -> !log.isEmpty());
        assertEquals(List.of("missed 0"), logged());
        pass(SECOND);
        pass(SECOND);
        assertEquals(List.of("tick", "missed 3", "tick", "missed 0"), logged());
        assertEquals(3, timer.missedInAll());
        timer.cancel();
    }

    /** The delay counts from the end of the callback. */
    @Test
    void aTimerWithFixedDelayBeginsAgainAtTheEnd() {
        PeriodicTimer timer = start(false);
        pass(SECOND);
        pass(SECOND.multipliedBy(2));
        lock.release();
        stepUntil(() -> !log.isEmpty());
        assertEquals(List.of("missed 0"), logged());
        pass(SECOND.minusNanos(1));
        assertEquals(List.of(), logged());
        pass(Duration.ofNanos(1));
        assertEquals(List.of("tick", "missed 0"), logged());
        timer.cancel();
    }

    /** The tick that was set anew comes while the callback waits. It is left out, and the timer goes on. */
    @Test
    void aTimerWithFixedDelayThatIsSetAnewMeanwhileGoesOn() {
        PeriodicTimer timer = start(false);
        timer.reset(SECOND);
        pass(SECOND);
        assertEquals(List.of(), logged());
        lock.release();
        stepUntil(() -> !log.isEmpty());
        assertEquals(List.of("missed 0"), logged());
        pass(SECOND);
        assertEquals(List.of("tick", "missed 0"), logged());
        timer.cancel();
    }

    /** Whoever kept the thread of a callback may interrupt the thread when the callback has long ended. */
    @Test
    void aLateInterruptOfACallbacksThreadDoesNotHoldTheLoop() {
        Thread[] kept = new Thread[1];
        loop.callSoon(() -> kept[0] = Thread.currentThread());
        loop.step(false);
        kept[0].interrupt();
        loop.callSoon(() -> log.add("interrupted: " + Thread.currentThread().isInterrupted()));
        loop.step(false);
        loop.step(false);
        assertEquals(List.of("interrupted: false"), logged());
    }

    /** The loop knows its callbacks by the handler of their thread. */
    @ParameterizedTest
    @EnumSource
    void anUncaughtExceptionHandlerIsForNoOtherCallback(Kind kind) throws Exception {
        Runnable sets = () -> Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> {});
        Runnable refused = checks(() -> assertEquals("sleep may wait, and a callback must not: call it in a task",
                assertThrows(IllegalStateException.class, () -> loop.sleep(SECOND)).getMessage()));
        kind.begin(loop, List.of(sets, refused, sets));
        loop.step(false);
        kind.begin(loop, List.of(refused));
        loop.step(false);
        assertEquals(List.of("checked", "checked"), logged());
    }

    @Test
    void theInterruptStatusOfTheLoopThreadStays() {
        for (Runnable runs : List.<Runnable>of(() -> loop.step(false), () -> loop.step(true), loop::run, loop::close)) {
            loop.callSoon(() -> log.add("one"));
            loop.callSoon(() -> log.add("two"));
            Thread.currentThread().interrupt();
            runs.run();
            assertTrue(Thread.interrupted());
            assertEquals(List.of("one", "two"), logged());
        }
    }

    @Test
    void aPeriodicTimerIsCancelledWhileItsCallbackWaits() {
        for (boolean passed : new boolean[] {false, true}) {
            for (boolean fixedRate : new boolean[] {true, false}) {
                cancelWhileWaiting(fixedRate, passed);
            }
        }
    }

    private void cancelWhileWaiting(boolean fixedRate, boolean passed) {
        try (HeldLock held = new HeldLock()) {
            PeriodicTimer timer = fixedRate ? loop.callAtFixedRate(Duration.ZERO, SECOND, waits(held, "it"))
                    : loop.callWithFixedDelay(Duration.ZERO, SECOND, waits(held, "it"));
            loop.step(false);
            if (passed) {
                pass(SECOND); // a tick that is left out
            }
            timer.cancel();
            held.release();
            stepUntil(() -> loop.step(false).done());
            assertEquals(List.of("it waits", "it goes on"), logged());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The future is cancelled at once. The command goes on waiting, without an interrupt, and counts until its end. */
    @Test
    void theFutureOfACommandThatWaitsIsCancelled() throws Exception {
        ScheduledExecutorService executor = loop.asScheduledExecutor();
        Runnable command = waits("it");
        List<Future<?>> futures = List.of(executor.submit(command), executor.schedule(command, 0, TimeUnit.DAYS),
                executor.scheduleAtFixedRate(command, 0, 1, TimeUnit.NANOSECONDS),
                executor.scheduleWithFixedDelay(command, 0, 1, TimeUnit.NANOSECONDS));
        pass(SECOND);
        pass(SECOND); // no command runs beside itself
        assertEquals(List.of("it waits", "it waits", "it waits", "it waits"), logged());
        for (Future<?> future : futures) {
            assertTrue(future.cancel(true));
            assertTrue(future.isCancelled());
        }
        executor.shutdown();
        steps();
        assertEquals(List.of(), logged());
        assertFalse(executor.isTerminated());
        lock.release();
        stepUntil(executor::isTerminated);
        pass(SECOND);
        assertEquals(List.of("it goes on", "it goes on", "it goes on", "it goes on"), logged());
        assertTrue(Loop.of(loop).reactor().isDone());
    }

    /** Of two commands whose time has come, the first cancels the second. */
    @Test
    void aCommandCancelsTheNextOne() {
        ScheduledExecutorService executor = loop.asScheduledExecutor();
        List<Future<?>> next = new ArrayList<>();
        executor.schedule(() -> next.getFirst().cancel(false), 0, TimeUnit.DAYS);
        next.add(executor.schedule(logs("cancelled"), 0, TimeUnit.DAYS));
        loop.runUntilDone();
        assertEquals(List.of(), logged());
        assertTrue(next.getFirst().isCancelled());
    }
}
