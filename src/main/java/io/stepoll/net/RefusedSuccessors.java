package io.stepoll.net;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reports the successors that have not taken over. Whoever may connect to the meeting place can make as many failures
 * as he likes. So of an interval the first few have a line each, and all further ones share a line at its end.
 */
final class RefusedSuccessors {
    static final Duration INTERVAL = Duration.ofSeconds(10);

    private static final int SINGLE_LINES = 5;

    private long intervalEndNanos = Long.MIN_VALUE;
    private int lines;
    private int untold;
    private @Nullable Throwable last;

    /** A successor has not taken over, at a time of the loop. */
    void add(Throwable failure, long nowNanos) {
        if (nowNanos >= intervalEndNanos) {
            tell();
            intervalEndNanos = nowNanos + INTERVAL.toNanos();
            lines = 0;
        }
        if (lines < SINGLE_LINES) {
            lines++;
            log("a successor has not", failure);
        } else {
            untold++;
            last = failure;
        }
    }

    /** Whether failures have had no line yet. */
    boolean hasUntold() {
        return untold > 0;
    }

    /** How long the interval still lasts. */
    Duration rest(long nowNanos) {
        return Duration.ofNanos(Math.max(0, intervalEndNanos - nowNanos));
    }

    /** Writes the line for those that had none. */
    void tell() {
        if (hasUntold()) {
            assert last != null;
            log(untold + " more successors have not", last);
            untold = 0;
            last = null;
        }
    }

    /** One line, without a stack trace: the failures are the other process's. */
    private static void log(String who, Throwable failure) {
        String cause = failure.getCause() == null ? "" : ": " + failure.getCause();
        System.getLogger("io.stepoll").log(System.Logger.Level.WARNING,
                who + " taken over, and this process goes on: " + failure + cause);
    }
}
