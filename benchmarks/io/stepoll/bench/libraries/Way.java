package io.stepoll.bench.libraries;

import io.stepoll.IdleStrategy;
import java.time.Duration;

/** Where a library's calls run, and by what they wait. */
public enum Way {
    LOOP("a loop's tasks, sockets of the loop"),
    JDK_SOCKETS("a loop's tasks, java.net sockets"),
    CARRIER("the JDK's virtual threads, one carrier"),
    /** The same as the first: their difference is the noise. */
    LOOP_AGAIN("a loop's tasks, sockets of the loop, again"),
    LOOP_YIELDING("a loop's tasks, sockets of the loop, yielding for 20 µs");

    private static final Duration YIELD = Duration.ofNanos(20_000); // longer brought nothing, half as long brought less

    /** For reports. */
    public final String title;

    Way(String title) {
        this.title = title;
    }

    /** Whether tasks of a loop run the calls. */
    boolean isOnLoop() {
        return this != CARRIER;
    }

    /** Whether the library gets the loop's factory of sockets. */
    boolean hasLoopSockets() {
        return isOnLoop() && this != JDK_SOCKETS;
    }

    IdleStrategy idleStrategy() {
        return this == LOOP_YIELDING ? IdleStrategy.yieldFor(YIELD) : IdleStrategy.sleep();
    }
}
