package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.CallbackRegistration;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import io.stepoll.support.RunningLoop;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks around the poll: when they run, what they do to its sleep, and that nothing of them stays. */
@Timeout(60)
class PollHooksTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final VirtualClock clock = VirtualClock.create();
    private final List<String> log = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().clock(clock).failureHandler((from, thrown) -> failures.add(thrown.getMessage()))
                .open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private Reactor reactor() {
        return Loop.of(loop).reactor();
    }

    /** Timers, queued callbacks, idle, before the poll, the poll, after the poll, wake: in this order, in each step. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void thePlaceInTheStep(boolean onLoopThread) throws Exception {
        loop.close();
        VirtualClock another = VirtualClock.create();
        loop = EventLoop.builder().clock(another).callbacksOnLoopThread(onLoopThread).open();
        int[] ends = RawSockets.pair();
        try (Descriptor socket = loop.own(ends[0])) {
            Task<Integer> reader = loop.spawn(() -> {
                int read = socket.read(ByteBuffer.allocate(8));
                log.add("wake");
                return read;
            });
            loop.step(false);
            loop.afterPoll(() -> log.add("after 1"));
            loop.beforePoll(() -> log.add("before 1"));
            loop.beforePoll(() -> {
                log.add("before 2");
                RawSockets.send(ends[1], 3); // the poll that follows finds it
            });
            loop.whenIdle(() -> log.add("idle 1"));
            loop.whenIdle(() -> log.add("idle 2"));
            loop.afterPoll(() -> log.add("after 2"));
            loop.callLater(Duration.ZERO, () -> log.add("timer"));
            loop.callSoon(() -> log.add("queued"));
            loop.step(false);
            assertEquals(List.of("timer", "queued", "idle 1", "idle 2", "before 1", "before 2", "after 1", "after 2",
                    "wake"), log);
            assertEquals(3, reader.join());
            log.clear();
            loop.step(false);
            assertEquals(List.of("idle 1", "idle 2", "before 1", "before 2", "after 1", "after 2"), log);
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** The loop would sleep for an hour. An idle hook keeps it awake, and its time stands still. */
    @Test
    void anIdleHookKeepsThePollFromSleeping() {
        loop.callLater(HOUR, () -> log.add("timer"));
        int[] left = {5};
        CallbackRegistration[] idle = new CallbackRegistration[1];
        idle[0] = loop.whenIdle(() -> {
            assertEquals(0, clock.nanoTime());
            if (--left[0] == 0) {
                idle[0].close();
            }
        });
        assertEquals(0, loop.timeoutNanos());
        loop.step(true);
        assertEquals(4, left[0]);
        loop.runUntilDone();
        assertEquals(0, left[0]);
        assertEquals(List.of("timer"), log);
        assertEquals(HOUR.toNanos(), clock.nanoTime());
        assertEquals(EventLoop.NO_DEADLINE, loop.timeoutNanos());
    }

    /** A timer, a callback and a stop of the hook each count for the poll that follows. */
    @Test
    void whatAHookDoesCountsForThePoll() {
        int[] calls = new int[1];
        CallbackRegistration hook = loop.beforePoll(() -> {
            switch (calls[0]++) {
                case 0 -> loop.callLater(Duration.ofNanos(500), () -> log.add("timer at " + clock.nanoTime()));
                case 1 -> loop.callSoon(() -> log.add("queued at " + clock.nanoTime()));
                default -> loop.stop();
            }
        });
        loop.callLater(HOUR, () -> log.add("late"));
        loop.step(true);
        assertEquals(500, clock.nanoTime());
        loop.step(true);
        loop.run(); // does not sleep
        assertEquals(List.of("timer at 500", "queued at 500"), log);
        hook.close();
        loop.runUntilDone();
        assertEquals(List.of("timer at 500", "queued at 500", "late"), log);
    }

    /** After a sleep a delay counts from the end of the sleep, also before the wake phase. */
    @Test
    void theTimeInAHook() {
        loop.callLater(HOUR, () -> log.add("timer at " + clock.nanoTime()));
        CallbackRegistration[] hook = new CallbackRegistration[1];
        hook[0] = loop.afterPoll(() -> {
            hook[0].close();
            loop.callLater(Duration.ofNanos(7), () -> log.add("hook's at " + clock.nanoTime()));
        });
        loop.runUntilDone();
        assertEquals(List.of("timer at " + HOUR.toNanos(), "hook's at " + HOUR.plusNanos(7).toNanos()), log);
    }

    @Test
    void hooksThatComeAndGo() {
        CallbackRegistration[] hooks = new CallbackRegistration[3];
        hooks[0] = loop.beforePoll(() -> {
            log.add("a");
            hooks[1].close(); // before its turn
            if (hooks[2] == null) {
                hooks[2] = loop.beforePoll(() -> log.add("c")); // from the next step on
            }
        });
        hooks[1] = loop.beforePoll(() -> log.add("b"));
        loop.step(false);
        assertEquals(List.of("a"), log);
        loop.step(false);
        assertEquals(List.of("a", "a", "c"), log);
        hooks[0].close();
        hooks[0].close();
        loop.step(false);
        assertEquals(List.of("a", "a", "c", "c"), log);
        hooks[2].close();
        Loops.steps(loop, 2);
        assertEquals(4, log.size());
        assertTrue(loop.step(false).done());
    }

    /** It would fail again in each step. The others go on. */
    @Test
    void aHookThatFails() {
        loop.afterPoll(() -> {
            throw new IllegalStateException("failure");
        });
        loop.afterPoll(() -> log.add("next"));
        loop.step(false);
        assertFalse(reactor().isDone(), "the failure is to be reported");
        loop.runUntilDone(); // neither hook keeps the loop from being done
        assertEquals(List.of("failure"), failures);
        assertTrue(log.size() >= 2, log::toString);
    }

    /** The lock's owner is a task, which can only go on if the step goes on. */
    @Test
    void aHookThatWaitsForALock() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        Task<Void> owner = loop.spawn(() -> {
            lock.lock();
            loop.sleep(Duration.ofNanos(50));
            lock.unlock();
        });
        loop.step(false);
        int[] calls = new int[2];
        loop.beforePoll(() -> {
            calls[0]++;
            lock.lock();
            lock.unlock();
            calls[1]++;
        });
        loop.step(false);
        loop.step(false);
        assertEquals(1, calls[0], "not beside itself");
        assertEquals(0, calls[1]);
        assertFalse(reactor().isDone());
        loop.runUntilDone();
        assertSame(Task.State.SUCCEEDED, owner.state());
        assertEquals(calls[0], calls[1]);
        assertTrue(calls[0] > 1);
    }

    @Test
    void waitsAreRefusedInAHook() {
        CallbackRegistration hook = loop.beforePoll(() -> {
            assertThrows(IllegalStateException.class, () -> loop.sleep(HOUR));
            assertThrows(IllegalStateException.class, () -> loop.step(false));
            log.add("refused");
        });
        loop.step(false);
        hook.close();
        assertEquals(List.of("refused"), log);
        assertEquals(List.of(), failures);
    }

    /** Other threads register hooks, which ends the loop's sleep, and take them back. */
    @Test
    void fromOtherThreads() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (RunningLoop running = new RunningLoop()) {
            EventLoop sleeping = running.loop();
            running.call(() -> null);
            for (int i = 1; i <= 20; i++) {
                CallbackRegistration idle = sleeping.whenIdle(calls::incrementAndGet);
                int before = i;
                while (calls.get() < before) {
                    Thread.onSpinWait();
                }
                idle.close();
                running.call(() -> null);
                int seen = calls.get();
                running.call(() -> null);
                assertEquals(seen, calls.get());
            }
        }
    }

    @Test
    void wrongUse() {
        assertThrows(NullPointerException.class, () -> loop.whenIdle(null));
        CallbackRegistration hook = loop.beforePoll(() -> log.add("never"));
        loop.close();
        hook.close();
        assertThrows(LoopClosedException.class, () -> loop.afterPoll(() -> {}));
        assertEquals(List.of(), log);
    }
}
