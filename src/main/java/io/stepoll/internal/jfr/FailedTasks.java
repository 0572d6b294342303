package io.stepoll.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Records the tasks that an exception has ended. */
final class FailedTasks {
    @Name("io.stepoll.TaskFailed")
    @Label("Task Failed")
    @Description("An exception that is no cancel has ended a task of an event loop.")
    @Category({"stepoll", "Event Loop"})
    @StackTrace(false)
    private static final class TaskFailedEvent extends Event {
        @Label("Event Loop")
        String loop;

        @Label("Task")
        @Description("The name of the task's thread")
        String task;

        @Label("Class")
        @Description("The class of the exception")
        Class<?> thrownClass;

        @Label("Message")
        String message;

        @Label("Thrown At")
        @Description("The stack of the exception, the innermost frame first, one frame on a line")
        String thrownAt;
    }

    private static final TaskFailedEvent ASKED = new TaskFailedEvent();

    private FailedTasks() {}

    static boolean isWanted() {
        return ASKED.isEnabled();
    }

    static void record(String loop, Throwable failure) {
        TaskFailedEvent event = new TaskFailedEvent();
        event.loop = loop;
        event.task = Thread.currentThread().getName();
        event.thrownClass = failure.getClass();
        event.message = message(failure);
        event.thrownAt = StackText.of(failure.getStackTrace());
        event.commit();
    }

    /** The method may be the program's own. */
    private static String message(Throwable failure) {
        try {
            return failure.getMessage();
        } catch (RuntimeException thrown) {
            return "its getMessage() throws a " + thrown.getClass().getName();
        }
    }
}
