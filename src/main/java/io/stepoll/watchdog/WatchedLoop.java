package io.stepoll.watchdog;

import io.stepoll.Descriptor;
import io.stepoll.internal.jfr.FlightRecords;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.reactor.Heartbeat;
import io.stepoll.internal.sys.VirtualThreads;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.internal.task.TaskWait;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * One loop as its watchdog sees it, from another thread. While the loop stands still the watchdog reads without a lock
 * what the loop last ran: the last beat has published it. If the loop goes on in that moment, the report may say less,
 * and nothing else is wrong.
 */
final class WatchedLoop {
    /** The classes that call callbacks: the frame above one of them is the callback's. */
    private static final Set<String> CALLERS = Set.of("io.stepoll.internal.reactor.Reactor",
            "io.stepoll.internal.reactor.LoopTimer", "io.stepoll.internal.io.HandlerRegistration");

    /** How long a thread that was unparked has to wait on, or to go on. */
    private static final long RETRY_NANOS = 1_000_000;

    private final Loop loop;

    /* Made here, as a look must work in a heap that is full. */
    private final Predicate<LoopTask<?>> mountedTask = task -> isMounted(task.thread());
    private final Predicate<Thread> mounted = this::isMounted;

    private long beats;
    private long sinceNanos;
    private Stall stall;
    private Throwable notReported;

    WatchedLoop(Loop loop, long nowNanos) {
        this.loop = loop;
        beats = loop.reactor().heartbeat().beats();
        sinceNanos = nowNanos;
        Thread current = Thread.currentThread(); // what follows links and loads what a look needs
        mounted.test(current);
        isParked(current);
        LockSupport.getBlocker(current);
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
            reportEnd(nowNanos, reports);
            beats = current;
            sinceNanos = nowNanos;
            return;
        }
        if (nowNanos - sinceNanos < thresholdNanos) {
            return;
        }
        Thread carrier = loop.scheduler().loopThread();
        LoopTask<?> task = loop.tasks().find(mountedTask);
        Thread culprit = culprit(carrier, task);
        boolean pinned = culprit != carrier && isParked(culprit);
        if (stall == null) {
            report(carrier, task, culprit, pinned, nowNanos - sinceNanos, reports);
        }
        if (pinned) {
            endWait(task, culprit, current); // at each look, as the culprit may wait again
        }
    }

    private void report(Thread carrier, LoopTask<?> task, Thread culprit, boolean pinned, long heldNanos,
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

    /** Whatever comes of it, the report stands. */
    private static void record(Stall found, Duration held, boolean ended) {
        try {
            FlightRecords.stalled(found.loop(), found.culprit(), held, found.pinned(), found.thread(), found.task(),
                    found.stack(), found.waitsFor(), ended);
        } catch (Throwable noMemory) {
            // The log has it.
        }
    }

    private void reportEnd(long nowNanos, StallReports reports) {
        if (stall == null && notReported == null) {
            return;
        }
        Duration held = Duration.ofNanos(nowNanos - sinceNanos);
        if (stall == null) {
            stall = new Stall(loop.name(), "code that the watchdog could not name (" + notReported + ")", held, false,
                    loop.scheduler().loopThread(), null, List.of(), null);
            reports.stalled(stall);
        }
        reports.ended(stall, held);
        record(stall, held, true);
        stall = null;
        notReported = null;
    }

    /**
     * Ends the wait of code that waits and is not unmounted. The JDK may have had no memory to unmount it. So a wait of
     * the JDK's is unparked, as it may be at any time, and tries again. If it then still holds the loop, the code is
     * pinned, or there is still no memory, and it is interrupted.
     */
    private void endWait(LoopTask<?> task, Thread culprit, long current) {
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

    /** The thread of the task or of the callback that holds the loop; the loop's own if it is neither. */
    private Thread culprit(Thread carrier, LoopTask<?> task) {
        if (task != null) {
            return task.thread();
        }
        Thread callback = loop.reactor().runners().find(mounted);
        return callback == null ? carrier : callback;
    }

    /**
     * Whether a thread is mounted on the loop's. If this JDK has no field that says it, the text of the thread does:
     * that of a mounted virtual thread ends with its carrier's name.
     */
    private boolean isMounted(Thread thread) {
        Thread carrier = loop.scheduler().loopThread();
        int mountedOn = VirtualThreads.mountedOn(thread, carrier);
        return mountedOn < 0 ? thread.toString().endsWith("@" + carrier.getName()) : mountedOn == 1;
    }

    private static boolean isParked(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED -> true;
            default -> false;
        };
    }

    private Stall describe(Thread carrier, LoopTask<?> task, Thread culprit, boolean pinned, Duration held) {
        List<StackTraceElement> stack = List.of(culprit.getStackTrace());
        Object blocker = LockSupport.getBlocker(culprit);
        return new Stall(loop.name(), task == null ? "the callback " + callback(stack) : "the task " + task.thread(),
                held, pinned, carrier, task == null ? null : task.thread(), stack,
                describe(blocker));
    }

    /** Calls no method of somebody else's object, which might wait for a lock that the loop holds. */
    private static String describe(Object blocker) {
        return switch (blocker) {
            case null -> null;
            case TaskWait time -> "a time";
            case Descriptor descriptor -> descriptor.toString();
            default -> Objects.toIdentityString(blocker);
        };
    }

    private static String callback(List<StackTraceElement> stack) {
        for (int i = 1; i < stack.size(); i++) {
            if (CALLERS.contains(stack.get(i).getClassName())) {
                return stack.get(i - 1).toString();
            }
        }
        return "of an unknown kind";
    }
}
