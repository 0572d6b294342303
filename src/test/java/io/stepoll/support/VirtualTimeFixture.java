package io.stepoll.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A loop in virtual time. After each test the loop must have nothing left to do: no timer, no waiter, no task. */
public abstract class VirtualTimeFixture {
    protected static final Duration SECOND = Duration.ofSeconds(1);
    protected static final Duration MINUTE = Duration.ofMinutes(1);
    protected static final Duration HOUR = Duration.ofHours(1);
    protected static final Duration DAY = Duration.ofDays(1);

    protected final VirtualClock clock = VirtualClock.create();
    protected EventLoop loop;

    @BeforeEach
    protected void open() throws Exception {
        loop = EventLoop.builder().clock(clock).open();
    }

    @AfterEach
    protected void close() {
        if (!Loop.of(loop).thread().isClosed()) { // a test may have closed the loop
            // Twice: a collection may just have queued a report of what the test has not closed.
            assertTrue(loop.step(false).done() || loop.step(false).done());
            loop.close();
        }
    }

    /** Runs the code in a task, and throws what the code throws. The code must not leave its thread interrupted. */
    protected final <T> T inTask(Callable<T> body) throws Exception {
        return TaskResults.of(loop, loop.spawn(() -> {
            try {
                return body.call();
            } finally {
                assertFalse(Thread.currentThread().isInterrupted(), "an interrupt was left behind");
            }
        }));
    }

    /** Runs the code in a task, under a deadline that must end it. */
    protected final DeadlineExceededException exceeds(Duration timeout, Callable<?> body) {
        return assertThrows(DeadlineExceededException.class, () -> inTask(() -> {
            long before = clock.nanoTime();
            try {
                return loop.within(timeout, body);
            } finally {
                assertEquals(timeout.toNanos(), clock.nanoTime() - before);
            }
        }));
    }
}
