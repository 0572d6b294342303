package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.EventLoop;
import io.stepoll.VirtualClock;
import io.stepoll.support.TaskResults;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Callable;

/** Calls with a timeout, in virtual time. */
final class TimedCalls {
    private TimedCalls() {}

    /** Makes a call in a task. The call is to throw the returned exception when the timeout has passed, not earlier. */
    static SocketTimeoutException timesOut(EventLoop loop, VirtualClock clock, Duration timeout, Callable<?> call) {
        long before = clock.nanoTime();
        SocketTimeoutException failure = assertThrows(SocketTimeoutException.class,
                () -> TaskResults.of(loop, loop.spawn(call)));
        assertEquals(timeout.toNanos(), clock.nanoTime() - before);
        return failure;
    }
}
