package io.stepoll;

import java.time.Duration;
import java.util.List;

/**
 * A callback or task that holds its loop: nothing else on the loop runs meanwhile.
 *
 * @param loop the name of the loop
 * @param culprit what holds it: the task's thread, or the method of the callback that the loop has called
 * @param held how long at least, when it was found
 * @param pinned whether it is a task that waits and cannot be unmounted: under a native frame, or in a class
 *     initializer. The watchdog ends the wait.
 * @param thread the loop's thread
 * @param task the task's thread; null if it is a callback, or a virtual thread that a task has started by itself
 * @param stack of the culprit, the innermost frame first: the task's, or the loop's thread's
 * @param waitsFor what the culprit waits for, as {@link java.util.concurrent.locks.LockSupport#getBlocker} tells it;
 *     null if it does not, or nobody can tell, as for monitors
 */
public record Stall(String loop, String culprit, Duration held, boolean pinned, Thread thread, Thread task,
        List<StackTraceElement> stack, String waitsFor) {

    /** {@return all of it in words, with the stack, a frame a line} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("the event loop ").append(loop).append(", on ").append(thread)
                .append(", is held for ").append(held.toMillis()).append(" ms by ").append(culprit);
        if (pinned) {
            text.append(", which waits and is pinned");
        }
        if (waitsFor != null) {
            text.append("; it waits for ").append(waitsFor);
        }
        for (StackTraceElement frame : stack) {
            text.append("\n\tat ").append(frame);
        }
        return text.toString();
    }
}
