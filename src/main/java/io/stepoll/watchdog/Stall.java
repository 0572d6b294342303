package io.stepoll.watchdog;

import io.stepoll.metrics.LoopDump;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A callback or task that holds its loop: nothing else on the loop runs meanwhile.
 *
 * @param loop the name of the loop
 * @param culprit what holds the loop: the task's thread, or the method of the callback that the loop has called
 * @param held how long at least the loop was held when the watchdog found it
 * @param pinned whether the culprit waits and cannot be unmounted: under a native frame, or in a class initializer. The
 *     watchdog ends the wait.
 * @param thread the loop's thread
 * @param task the task's thread; null if the culprit is a callback, or a virtual thread that a task has started
 * @param stack of the culprit, the innermost frame first: of the thread of the task or the callback, or of the loop's
 * @param waitsFor what the culprit waits for, as {@link java.util.concurrent.locks.LockSupport#getBlocker} has it; null
 *     if it does not wait, and for monitors, of which the JDK does not say it
 * @param dump what else is on the loop: 20 entries of each list at most; null for want of memory
 * @since 0.1.0
 */
public record Stall(String loop, String culprit, Duration held, boolean pinned, Thread thread, @Nullable Thread task,
        List<StackTraceElement> stack, @Nullable String waitsFor, @Nullable LoopDump dump) {

    /** {@return a description in words, with the stack, one frame on a line, and with the dump} */
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
        return dump == null ? text.toString() : text.append('\n').append(dump).toString();
    }
}
