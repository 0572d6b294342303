package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
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
 * Every wait, cancelled at each place of its life. Afterwards descriptors, buffers, timers and waiters are as before;
 * what made the wait ready was either used or is still there; and the same operation goes well again.
 */
@Timeout(60)
class CancellationTest {
    /** When the cancel comes. */
    enum Place {
        BEFORE_THE_START, WHILE_IT_WAITS, READY_THEN_CANCEL, CANCEL_THEN_READY,
        /** By a task that the same poll wakes, and before it: it has waited for a shorter time. */
        BEFORE_ITS_WAKE,
        /** Likewise, after it. */
        AFTER_ITS_WAKE, AFTER_THE_END;

        boolean needsReadiness() {
            return compareTo(WHILE_IT_WAITS) > 0;
        }
    }

    private static final int ENOUGH_STEPS = 12;

    private final VirtualClock clock = new VirtualClock();
    private EventLoop loop;
    private Waits.Subject subject;
    private boolean begun;
    private boolean statusLeft;
    private boolean made;

    static Stream<Arguments> all() {
        return Stream.of(Waits.values())
                .flatMap(wait -> Stream.of(Place.values()).map(place -> Arguments.of(wait, place)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("all")
    void cancel(Waits wait, Place place) throws Exception {
        DescriptorLeaks.Snapshot before = DescriptorLeaks.open();
        try (LogCapture log = new LogCapture()) {
            try (EventLoop opened = EventLoop.builder().clock(clock).open()) {
                loop = opened;
                subject = new Waits.Subject(loop, clock);
                wait.open(subject);
                settle();
                if (subject.ready != null || !place.needsReadiness()) {
                    cancelAt(place);
                }
                subject.close();
                settle();
                assertEquals(0, loop.reactor().timers.size());
                assertTrue(loop.step(false).done(), "a timer, a waiter or a task is left");
            }
            assertEquals(List.of(), log.messages());
        }
        assertEquals(List.of(), DescriptorLeaks.leftSince(before));
    }

    private void settle() {
        for (int i = 0; i < ENOUGH_STEPS; i++) {
            loop.step(false);
        }
    }

    private void makeReady() {
        made = true;
        subject.ready.run();
    }

    private void cancelAt(Place place) throws Exception {
        int idleTimers = loop.reactor().timers.size();
        Task<?> task;
        if (place == Place.BEFORE_ITS_WAKE || place == Place.AFTER_ITS_WAKE) {
            task = cancelInTheWakePhase(place == Place.BEFORE_ITS_WAKE);
        } else {
            task = loop.spawn(this::body);
            switch (place) {
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
                    loop.step(false); // of a group the tasks, too
                    makeReady();
                    settle();
                    assertEquals(Task.State.SUCCEEDED, task.state());
                    task.cancel();
                }
            }
        }
        settle();
        check(place, task);
        assertEquals(idleTimers, loop.reactor().timers.size());
        goesWellAgain(task.state() == Task.State.CANCELLED && made && subject.keepsReady);
    }

    private Object body() throws Exception {
        begun = true;
        try {
            return subject.operation.call();
        } catch (Exception e) {
            statusLeft = Thread.currentThread().isInterrupted();
            loop.sleep(0); // a cleanup may wait
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
            loop.recv(rung, ByteBuffer.allocate(1));
            task[0].cancel();
        };
        // What an own descriptor has is not known before the first read: this one is to wait for an event.
        assertEquals(0, rung.recvNow(ByteBuffer.allocate(1)));
        if (!cancelFirst) {
            loop.spawn(canceller); // the newest is woken first
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

    private void check(Place place, Task<?> task) throws Exception {
        assertTrue(task.state() == Task.State.CANCELLED || task.state() == Task.State.SUCCEEDED, task::toString);
        assertFalse(statusLeft, "the exception of a wait clears the status");
        switch (place) {
            case BEFORE_THE_START -> {
                assertFalse(begun);
                assertEquals(Task.State.CANCELLED, task.state());
            }
            case WHILE_IT_WAITS -> assertEquals(Task.State.CANCELLED, task.state());
            case AFTER_THE_END -> assertEquals(Task.State.SUCCEEDED, task.state());
            default -> assertTrue(begun);
        }
        if (task.state() == Task.State.CANCELLED) {
            assertEquals(0, subject.buffer.position(), "nothing was transferred");
        } else {
            closeResult(task);
        }
    }

    private static void closeResult(Task<?> task) throws Exception {
        if (task.join() instanceof AutoCloseable resource) {
            resource.close();
        }
    }

    /** @param already what makes it ready has come, and must not have been lost */
    private void goesWellAgain(boolean already) throws Exception {
        if (subject.ready == null) {
            return;
        }
        subject.buffer.clear();
        Task<?> again = loop.spawn(subject.operation);
        settle();
        if (already) {
            assertEquals(Task.State.SUCCEEDED, again.state(), "what was ready got lost");
        } else if (!again.isDone()) {
            subject.ready.run();
            settle();
        }
        assertEquals(Task.State.SUCCEEDED, again.state());
        closeResult(again);
    }

    /** What no interrupt ends, no cancel does; the next wait is ended by it. */
    @Test
    void lockThatIsNotInterruptible() throws Exception {
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
                loop.sleep(1);
            });
            Task<Void> entering = loop.spawn(() -> {
                synchronized (latch) {
                    entered[1] = true;
                }
                loop.sleep(1);
            });
            loop.step(false);
            locking.cancel();
            entering.cancel();
            settle();
            assertEquals(List.of(Task.State.RUNNING, Task.State.RUNNING), List.of(locking.state(), entering.state()));
            latch.countDown();
            loop.runUntilDone();
            assertEquals(List.of(true, true), List.of(entered[0], entered[1]));
            assertEquals(List.of(Task.State.CANCELLED, Task.State.CANCELLED),
                    List.of(locking.state(), entering.state()));
        }
    }
}
