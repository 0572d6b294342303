package io.stepoll;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * One loop as its watchdog sees it, from another thread. Where the loop stands still, what it last ran is read without
 * a lock: it was published by the beat that is still the last one. If the loop goes on in that moment the report may
 * name less, and nothing else is wrong.
 */
final class WatchedLoop {
    /** What calls callbacks: the frame above one of these is the callback's. */
    private static final Set<String> CALLERS =
            Set.of(Reactor.class.getName(), LoopTimer.class.getName(), Handling.class.getName());

    private final Reactor reactor;
    private long beats;
    private long sinceNanos;
    private Stall stall;

    WatchedLoop(Reactor reactor, long nowNanos) {
        this.reactor = reactor;
        beats = reactor.pulse.beats();
        sinceNanos = nowNanos;
    }

    boolean isClosed() {
        return reactor.thread.isClosed();
    }

    /** A report when it is found to stand still, and one when it is found to go on. */
    void look(long nowNanos, long thresholdNanos, StallReports reports) {
        long current = reactor.pulse.beats();
        if (current != beats || Pulse.isResting(current)) {
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
        Thread carrier = reactor.scheduler.loopThread();
        LoopTask<?> task = reactor.liveTasks.find(live -> isMounted(live.thread(), carrier));
        boolean pinned = task != null && isParked(task.thread());
        if (stall == null) {
            stall = describe(carrier, task, pinned, Duration.ofNanos(nowNanos - sinceNanos));
            reports.stalled(stall);
        }
        if (pinned) {
            task.endPinned(current); // at each look: it may wait again
        }
    }

    /** A virtual thread names its carrier, as long as it has one; no other way is open to find it. */
    private static boolean isMounted(Thread thread, Thread carrier) {
        return thread.toString().endsWith("@" + carrier.getName());
    }

    private static boolean isParked(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED -> true;
            default -> false;
        };
    }

    private Stall describe(Thread carrier, LoopTask<?> task, boolean pinned, Duration held) {
        Thread culprit = task == null ? carrier : task.thread();
        List<StackTraceElement> stack = List.of(culprit.getStackTrace());
        Object blocker = LockSupport.getBlocker(culprit);
        return new Stall(reactor.name, task == null ? "the callback " + callback(stack) : "the task " + task.thread(),
                held, pinned, carrier, task == null ? null : task.thread(), stack,
                describe(blocker));
    }

    /** A method of somebody's is not called here: it might wait for what the loop holds. */
    private static String describe(Object blocker) {
        return switch (blocker) {
            case null -> null;
            case Suspension time -> "a time";
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
