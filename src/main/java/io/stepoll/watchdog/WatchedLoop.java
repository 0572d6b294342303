package io.stepoll.watchdog;

import io.stepoll.Descriptor;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.reactor.Heartbeat;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.internal.task.TaskWait;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * One loop as its watchdog sees it, from another thread. While the loop stands still the watchdog reads without a lock
 * what the loop last ran: the last beat has published it. If the loop goes on in that moment, the report may say less,
 * and nothing else is wrong.
 */
final class WatchedLoop {
    /** The classes that call callbacks: the frame above one of them is the callback's. */
    private static final Set<String> CALLERS = Set.of("io.stepoll.internal.reactor.Reactor",
            "io.stepoll.internal.reactor.LoopTimer", "io.stepoll.internal.io.HandlerRegistration");

    private final Loop loop;
    private long beats;
    private long sinceNanos;
    private Stall stall;

    WatchedLoop(Loop loop, long nowNanos) {
        this.loop = loop;
        beats = loop.reactor().heartbeat().beats();
        sinceNanos = nowNanos;
    }

    boolean isClosed() {
        return loop.thread().isClosed();
    }

    /** Looks once. Reports when the loop is found to stand still, and when it is found to go on. */
    void look(long nowNanos, long thresholdNanos, StallReports reports) {
        long current = loop.reactor().heartbeat().beats();
        if (current != beats || Heartbeat.isResting(current)) {
            if (stall != null) {
                reports.ended(stall, Duration.ofNanos(nowNanos - sinceNanos));
                stall = null;
            }
            beats = current;
            sinceNanos = nowNanos;
            return;
        }
        if (nowNanos - sinceNanos < thresholdNanos) {
            return;
        }
        Thread carrier = loop.scheduler().loopThread();
        LoopTask<?> task = loop.tasks().find(live -> isMounted(live.thread(), carrier));
        Thread culprit = culprit(carrier, task);
        boolean pinned = culprit != carrier && isParked(culprit);
        if (stall == null) {
            stall = describe(carrier, task, culprit, pinned, Duration.ofNanos(nowNanos - sinceNanos));
            reports.stalled(stall);
        }
        if (pinned && task != null) {
            task.endPinned(current); // at each look, as the task may wait again
        } else if (pinned && culprit.getState() != Thread.State.BLOCKED
                && loop.reactor().heartbeat().beats() == current) { // still the same callback
            culprit.interrupt();
        }
    }

    /** The thread of the task or of the callback that holds the loop; the loop's own if it is neither. */
    private Thread culprit(Thread carrier, LoopTask<?> task) {
        if (task != null) {
            return task.thread();
        }
        Thread callback = loop.reactor().runners().find(runner -> isMounted(runner, carrier));
        return callback == null ? carrier : callback;
    }

    /** The text of a mounted virtual thread ends with its carrier's name. There is no other way to find the carrier. */
    private static boolean isMounted(Thread thread, Thread carrier) {
        return thread.toString().endsWith("@" + carrier.getName());
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
