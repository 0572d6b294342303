package io.stepoll.watchdog;

import io.stepoll.internal.jfr.FlightRecords;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.dump.MountedCode;
import io.stepoll.internal.reactor.Heartbeat;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.metrics.LoopDump;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One loop as its watchdog sees it, from another thread. While the loop stands still the watchdog reads without a lock
 * what the loop last ran: the last beat has published it. If the loop goes on in that moment, the report may say less,
 * and nothing else is wrong.
 */
final class WatchedLoop {
    /** How long a thread that was unparked has to wait on, or to go on. */
    private static final long RETRY_NANOS = 1_000_000;

    private final Loop loop;

    private final MountedCode mounted;

    private long beats;
    private long sinceNanos;

    /* Of the stall whose end has not been reported yet, if there is one. */
    private @Nullable Stall stall;
    private @Nullable Throwable notReported;
    private long beganNanos;
    private long endedNanos; // how long it lasted; 0 while it lasts

    WatchedLoop(Loop loop, long nowNanos) {
        this.loop = loop;
        mounted = loop.mounted();
        beats = loop.reactor().heartbeat().beats();
        sinceNanos = nowNanos;
        isParked(Thread.currentThread()); // links and loads what a look needs
    }

    boolean isClosed() {
        return loop.thread().isClosed();
    }

    /**
     * Looks once. Reports when the loop is found to stand still, and when it is found to go on. Ends the wait of code
     * that waits on the loop's thread. Only the reports allocate something.
     */
    void look(long nowNanos, long thresholdNanos, StallReports reports) {
        long current = loop.reactor().heartbeat().beats();
        if (current != beats || Heartbeat.isResting(current)) {
            if (endedNanos == 0 && (stall != null || notReported != null)) {
                endedNanos = nowNanos - beganNanos;
            }
            beats = current; // before the report, for which there may be no memory
            sinceNanos = nowNanos;
        } else if (nowNanos - sinceNanos >= thresholdNanos) {
            held(nowNanos, current, reports);
        }
        if (endedNanos != 0) {
            reportEnd(reports);
        }
    }

    /** A stall that begins while the end of another one could not be reported continues that one. */
    private void held(long nowNanos, long current, StallReports reports) {
        endedNanos = 0;
        Thread carrier = loop.scheduler().loopThread();
        LoopTask<?> task = mounted.task();
        Thread culprit = mounted.thread(task);
        boolean pinned = culprit != carrier && isParked(culprit);
        if (stall == null) {
            if (notReported == null) {
                beganNanos = sinceNanos;
            }
            report(carrier, task, culprit, pinned, nowNanos - sinceNanos, reports);
        }
        if (pinned) {
            endWait(task, culprit, current); // at each look, as the culprit may wait again
        }
    }

    private void report(Thread carrier, @Nullable LoopTask<?> task, Thread culprit, boolean pinned, long heldNanos,
            StallReports reports) {
        try {
            Stall found = describe(carrier, task, culprit, pinned, Duration.ofNanos(heldNanos));
            reports.stalled(found);
            stall = found;
            record(found, found.held(), false);
        } catch (Throwable thrown) { // mostly for want of memory; the next look tries again
            notReported = thrown;
        }
    }

    private static void record(Stall found, Duration held, boolean ended) {
        FlightRecords.stalled(found.loop(), found.culprit(), held, found.pinned(), found.thread(), found.task(),
                found.stack(), found.waitsFor(), ended);
    }

    private void reportEnd(StallReports reports) {
        Duration held = Duration.ofNanos(endedNanos);
        if (stall == null) {
            Stall unnamed = new Stall(loop.name(), "code that the watchdog could not name (" + notReported + ")", held,
                    false, loop.scheduler().loopThread(), null, List.of(), null, null);
            reports.stalled(unnamed);
            stall = unnamed;
        }
        record(stall, held, true); // first: who is told of the end may look at the recording
        reports.ended(stall, held);
        stall = null;
        notReported = null;
        endedNanos = 0;
    }

    /**
     * Ends the wait of code that waits and is not unmounted. The JDK may have had no memory to unmount it. So a wait of
     * the JDK's is unparked, as it may be at any time, and tries again. If it then still holds the loop, the code is
     * pinned, or there is still no memory, and it is interrupted.
     */
    private void endWait(@Nullable LoopTask<?> task, Thread culprit, long current) {
        if (culprit.getState() == Thread.State.BLOCKED || task != null && task.endPinnedWait(current)) {
            return; // no interrupt ends the wait for a monitor, and it would end the next wait
        }
        LockSupport.unpark(culprit);
        LockSupport.parkNanos(RETRY_NANOS);
        if (loop.reactor().heartbeat().beats() != current || !isParked(culprit)) {
            return;
        }
        if (task != null) {
            task.interruptPinned();
        } else {
            culprit.interrupt();
        }
    }

    private static boolean isParked(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED -> true;
            default -> false;
        };
    }

    private Stall describe(Thread carrier, @Nullable LoopTask<?> task, Thread culprit, boolean pinned, Duration held) {
        List<StackTraceElement> stack = List.of(culprit.getStackTrace());
        return new Stall(loop.name(), MountedCode.describe(task, stack), held, pinned, carrier,
                task == null ? null : task.thread(), stack, MountedCode.describe(LockSupport.getBlocker(culprit)),
                dump());
    }

    /** Null for want of memory: the rest of the report matters more. */
    private @Nullable LoopDump dump() {
        try {
            return loop.dumpHeld();
        } catch (OutOfMemoryError full) {
            return null;
        }
    }
}
