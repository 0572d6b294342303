package io.stepoll.internal.jfr;

import java.time.Duration;
import java.util.List;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** Records what a watchdog finds. */
final class Stalls {
    @Name("io.stepoll.Stall")
    @Label("Stall")
    @Description("A callback or a task holds its event loop, as a watchdog has found. A second event says that the loop"
            + " goes on.")
    @Category({"stepoll", "Event Loop"})
    @StackTrace(false)
    private static final class StallEvent extends Event {
        @Label("Event Loop")
        String loop;

        @Label("Culprit")
        @Description("What holds the loop: the task's thread, or the method of the callback")
        String culprit;

        @Label("Held")
        @Description("How long the loop was held when the watchdog looked")
        @Timespan(Timespan.NANOSECONDS)
        long held;

        @Label("Ended")
        @Description("Whether the loop goes on")
        boolean ended;

        @Label("Pinned")
        @Description("Whether the culprit waits and cannot be unmounted")
        boolean pinned;

        @Label("Waits For")
        @Description("What the culprit waits for, if it does")
        String waitsFor;

        @Label("Loop Thread")
        Thread loopThread;

        @Label("Task Thread")
        @Description("The task's thread; none for a callback")
        Thread taskThread;

        @Label("Held At")
        @Description("The stack of the culprit when it was found, the innermost frame first, one frame on a line")
        String heldAt;
    }

    private static final StallEvent ASKED = new StallEvent();

    private Stalls() {}

    static boolean isWanted() {
        return ASKED.isEnabled();
    }

    static void record(String loop, String culprit, Duration held, boolean pinned, Thread thread, Thread task,
            List<StackTraceElement> stack, String waitsFor, boolean ended) {
        StallEvent event = new StallEvent();
        event.loop = loop;
        event.culprit = culprit;
        event.held = held.toNanos();
        event.ended = ended;
        event.pinned = pinned;
        event.waitsFor = waitsFor;
        event.loopThread = thread;
        event.taskThread = task;
        event.heldAt = StackText.of(stack);
        event.commit();
    }
}
