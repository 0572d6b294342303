package io.stepoll.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

@Name("io.stepoll.TaskEnd")
@Label("Task End")
@Description("A task of an event loop has ended. The duration is that of its body, waits included.")
@Category({"stepoll", "Event Loop"})
@Enabled(false)
@Threshold("0 ns")
@StackTrace(false)
final class TaskEndEvent extends Event implements TaskRecord {
    private static final TaskEndEvent ASKED = new TaskEndEvent();

    @Label("Event Loop")
    String loop;

    @Label("Task")
    @Description("The name of the task's thread")
    String task;

    @Label("Outcome")
    @Description("SUCCEEDED, FAILED or CANCELLED")
    String outcome;

    static TaskRecord begins() {
        if (!ASKED.isEnabled()) {
            return null;
        }
        TaskEndEvent event = new TaskEndEvent();
        event.begin();
        return event;
    }

    @Override
    public void ends(String loopName, String howItEnded) {
        try {
            end();
            if (shouldCommit()) {
                loop = loopName;
                task = Thread.currentThread().getName();
                outcome = howItEnded;
                commit();
            }
        } catch (Throwable noRecord) {
            // The task ends all the same.
        }
    }
}
