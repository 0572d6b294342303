package io.stepoll.internal.jfr;

import io.stepoll.internal.metrics.LoopCounters;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/**
 * Records the steps of one loop, each without its sleep: from the end of one poll to the begin of the next. One event
 * serves all steps, so nothing is allocated. Belongs to the loop's thread.
 */
public final class StepRecord {
    @Name("io.stepoll.Step")
    @Label("Step")
    @Description("What an event loop did between two polls took longer than the threshold. Events that came meanwhile"
            + " have waited.")
    @Category({"stepoll", "Event Loop"})
    @Threshold("20 ms")
    @StackTrace(false)
    private static final class StepEvent extends Event {
        @Label("Event Loop")
        String loop;

        @Label("Callbacks")
        @Description("Callbacks and calls of handlers that ran")
        long callbacks;

        @Label("Task Switches")
        @Description("How often a task began or went on")
        long taskSwitches;

        @Label("Timers")
        @Description("Timers, sleeps and timeouts whose time had come")
        long timers;
    }

    private final String loop;
    private StepEvent event; // null until the flight recorder runs
    private boolean begun;
    private long callbacksBefore;
    private long switchesBefore;
    private long timersBefore;

    StepRecord(String loop) {
        this.loop = loop;
    }

    /** Loads the classes. */
    static void load() {
        new StepEvent().isEnabled();
    }

    /** The poll is over. */
    public void begins(LoopCounters counters) {
        begun = FlightRecords.isRunning() && isWanted();
        if (begun) {
            callbacksBefore = callbacks(counters);
            switchesBefore = counters.count(LoopCounters.TASK_SWITCHES);
            timersBefore = counters.count(LoopCounters.TIMERS_FIRED);
            event.begin();
        }
    }

    private boolean isWanted() {
        if (event == null) {
            try {
                event = new StepEvent();
            } catch (OutOfMemoryError full) {
                return false; // the next step tries again
            }
            event.loop = loop;
        }
        return event.isEnabled();
    }

    private static long callbacks(LoopCounters counters) {
        return counters.count(LoopCounters.CALLBACKS) + counters.count(LoopCounters.HANDLER_CALLS);
    }

    /** The next poll begins. */
    public void ends(LoopCounters counters) {
        if (!begun) {
            return;
        }
        begun = false;
        event.end();
        if (event.shouldCommit()) {
            event.callbacks = callbacks(counters) - callbacksBefore;
            event.taskSwitches = counters.count(LoopCounters.TASK_SWITCHES) - switchesBefore;
            event.timers = counters.count(LoopCounters.TIMERS_FIRED) - timersBefore;
            try {
                event.commit();
            } catch (OutOfMemoryError full) {
                // The loop goes on without the record.
            }
        }
    }
}
