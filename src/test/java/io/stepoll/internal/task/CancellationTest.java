package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.DescriptorLeaks;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Cancels every wait at each moment of its life. Afterwards descriptors, buffers, timers and waiters are as before.
 * What made the wait ready was either used or is still there. The same operation then succeeds.
 */
@Timeout(60)
class CancellationTest {
    /** When the cancel comes. */
    enum Moment {
        BEFORE_THE_START, WHILE_IT_WAITS, READY_THEN_CANCEL, CANCEL_THEN_READY,
        /** From a task that the same poll wakes earlier in the wake phase, because it blocked later. */
        BEFORE_ITS_WAKE,
        /** From a task that the same poll wakes later in the wake phase. */
        AFTER_ITS_WAKE, AFTER_THE_END;

        boolean needsReadiness() {
            return compareTo(WHILE_IT_WAITS) > 0;
        }
    }

    private static final int ENOUGH_STEPS = 12;

    private final VirtualClock clock = VirtualClock.create();
    private EventLoop loop;
    private Waits.Subject subject;
    private boolean begun;
    private boolean statusLeft;
    private boolean made;

    static Stream<Arguments> all() {
        return Stream.of(Waits.values())
                .flatMap(wait -> Stream.of(Moment.values()).map(moment -> Arguments.of(wait, moment)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("all")
    void cancel(Waits wait, Moment moment) throws Exception {
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        try (LogCapture log = new LogCapture()) {
            try (EventLoop opened = EventLoop.builder().clock(clock).open()) {
                loop = opened;
                subject = new Waits.Subject(loop, clock);
                wait.open(subject);
                settle();
                if (subject.ready != null || !moment.needsReadiness()) {
                    cancelAt(moment);
                }
                subject.close();
                settle();
                assertEquals(0, timers());
                assertTrue(loop.step(false).done(), "a timer, a waiter or a task is left");
            }
            assertEquals(List.of(), log.messages());
        }
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }

    private int timers() {
        return Loop.of(loop).timers().size();
    }

    private void settle() {
        do {
            Loops.steps(loop, ENOUGH_STEPS);
        } while (Loop.of(loop).tasks().find(CancellationTest::isOnItsWay) != null);
    }

    /**
     * The task was notified at a monitor, and a thread of the JDK is to hand it on to the loop, or hands it on by now:
     * then the task counts as runnable. No task here stays runnable from step to step.
     */
    private static boolean isOnItsWay(Task<?> task) {
        Thread.State state = task.thread().getState();
        return state == Thread.State.BLOCKED || state == Thread.State.RUNNABLE;
    }

    private void makeReady() {
        made = true;
        subject.ready.run();
    }

    private void cancelAt(Moment moment) throws Exception {
        int idleTimers = timers();
        Task<?> task;
        if (moment == Moment.BEFORE_ITS_WAKE || moment == Moment.AFTER_ITS_WAKE) {
            task = cancelInTheWakePhase(moment == Moment.BEFORE_ITS_WAKE);
        } else {
            task = loop.spawn(this::body);
            switch (moment) {
                case BEFORE_THE_START -> task.cancel();
                case WHILE_IT_WAITS -> {
                    loop.step(false);
                    task.cancel();
                }
                case READY_THEN_CANCEL -> {
                    loop.step(false);
                    loop.callSoon(this::makeReady);
                    loop.callSoon(task::cancel);
                }
                case CANCEL_THEN_READY -> {
                    loop.step(false);
                    loop.callSoon(task::cancel);
                    loop.callSoon(this::makeReady);
                }
                default -> {
                    loop.step(false);
                    loop.step(false); // so that the tasks of a group wait, too
                    makeReady();
                    settle();
                    assertEquals(Task.State.SUCCEEDED, task.state());
                    task.cancel();
                }
            }
        }
        settle();
        check(moment, task);
        assertEquals(idleTimers, timers());
        succeedsAgain(task.state() == Task.State.CANCELLED && made && subject.keepsReady);
    }

    private Object body() throws Exception {
        begun = true;
        try {
            return subject.operation.call();
        } catch (Exception e) {
            statusLeft = Thread.currentThread().isInterrupted();
            loop.sleep(Duration.ZERO); // cleanup may wait
            throw e;
        }
    }

    private Task<?> cancelInTheWakePhase(boolean cancelFirst) throws Exception {
        int[] bell = RawSockets.pair();
        subject.ownNumber(bell[1]);
        Descriptor rung = subject.own(loop.own(bell[0]));
        Task<?>[] task = new Task<?>[1];
        TaskBody canceller = () -> {
            rung.awaitReadable();
            rung.read(ByteBuffer.allocate(1));
            task[0].cancel();
        };
        // Before a first read the loop does not know whether an owned descriptor has data. This one has to wait.
        assertEquals(Descriptor.WOULD_BLOCK, rung.tryRead(ByteBuffer.allocate(1)));
        if (!cancelFirst) {
            loop.spawn(canceller); // woken second: the newest waiter is woken first
            loop.step(false);
        }
        task[0] = loop.spawn(this::body);
        loop.step(false);
        if (cancelFirst) {
            loop.spawn(canceller);
            loop.step(false);
        }
        makeReady();
        RawSockets.send(bell[1], 1);
        return task[0];
    }

    private void check(Moment moment, Task<?> task) throws Exception {
        assertTrue(task.state() == Task.State.CANCELLED || task.state() == Task.State.SUCCEEDED, task::toString);
        assertFalse(statusLeft, "the exception of a wait has left the interrupt status set");
        switch (moment) {
            case BEFORE_THE_START -> {
                assertFalse(begun);
                assertEquals(Task.State.CANCELLED, task.state());
            }
            case WHILE_IT_WAITS -> assertEquals(Task.State.CANCELLED, task.state());
            case AFTER_THE_END -> assertEquals(Task.State.SUCCEEDED, task.state());
            default -> assertTrue(begun);
        }
        if (task.state() == Task.State.CANCELLED) {
            assertEquals(0, subject.buffer.position(), "a cancelled operation has transferred bytes");
        } else {
            closeResult(task);
        }
    }

    private static void closeResult(Task<?> task) throws Exception {
        if (task.join() instanceof AutoCloseable resource) {
            resource.close();
        }
    }

    /** @param already whether the operation was made ready before, which must not have been lost */
    private void succeedsAgain(boolean already) throws Exception {
        if (subject.ready == null) {
            return;
        }
        subject.buffer.clear();
        Task<?> again = loop.spawn(subject.operation);
        settle();
        if (already) {
            assertEquals(Task.State.SUCCEEDED, again.state(), "the readiness got lost");
        } else if (!again.isDone()) {
            subject.ready.run();
            settle();
        }
        assertEquals(Task.State.SUCCEEDED, again.state());
        closeResult(again);
    }

    /** A cancel does not end a wait that no interrupt ends. It ends the next wait. */
    @Test
    void aLockThatIsNotInterruptible() throws Exception {
        try (EventLoop waiting = EventLoop.builder().clock(clock).open()) {
            loop = waiting;
            ReentrantLock lock = new ReentrantLock();
            CountDownLatch latch = new CountDownLatch(1);
            loop.spawn(() -> {
                synchronized (latch) {
                    lock.lock();
                    latch.await();
                    lock.unlock();
                }
            });
            boolean[] entered = new boolean[2];
            Task<Void> locking = loop.spawn(() -> {
                lock.lock();
                entered[0] = true;
                lock.unlock();
                loop.sleep(Duration.ofNanos(1));
            });
            Task<Void> entering = loop.spawn(() -> {
                synchronized (latch) {
                    entered[1] = true;
                }
                loop.sleep(Duration.ofNanos(1));
            });
            loop.step(false);
            locking.cancel();
            entering.cancel();
            Loops.steps(loop, ENOUGH_STEPS);
            assertEquals(List.of(Task.State.RUNNING, Task.State.RUNNING), List.of(locking.state(), entering.state()));
            latch.countDown();
            loop.runUntilDone();
            assertEquals(List.of(true, true), List.of(entered[0], entered[1]));
            assertEquals(List.of(Task.State.CANCELLED, Task.State.CANCELLED),
                    List.of(locking.state(), entering.state()));
        }
    }
}
