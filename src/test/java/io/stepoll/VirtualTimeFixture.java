package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A loop in virtual time. After each test it has nothing left to do: no timer, no waiter, no task. */
abstract class VirtualTimeFixture {
    static final Duration SECOND = Duration.ofSeconds(1);
    static final Duration MINUTE = Duration.ofMinutes(1);
    static final Duration HOUR = Duration.ofHours(1);
    static final Duration DAY = Duration.ofDays(1);

    final VirtualClock clock = new VirtualClock();
    EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().clock(clock).open();
    }

    @AfterEach
    void close() {
        if (!loop.reactor().thread.isClosed()) { // by the test itself
            assertTrue(loop.step(false).done());
            loop.close();
        }
    }

    /** Runs it in a task, after which the thread is not interrupted. Throws what it throws. */
    final <T> T inTask(Callable<T> body) throws Exception {
        Task<T> task = loop.spawn(() -> {
            try {
                return body.call();
            } finally {
                assertFalse(Thread.currentThread().isInterrupted(), "an interrupt was left behind");
            }
        });
        loop.runUntilDone();
        try {
            return task.join();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        }
    }

    /** Runs it in a task, under a deadline that is to end it. */
    final DeadlineExceededException exceeds(Duration timeout, Callable<?> body) {
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
