package io.stepoll.metrics;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a loop does at one moment: its tasks and what each of them waits for, its timers, its descriptors, and what is
 * queued. {@link #toString} is the text of it, and {@link #toJson} the same for tools.
 *
 * <p>The loop's lists are read at one moment where the loop gets on. Where code holds the loop they are read beside it,
 * and are right but for what that code changes meanwhile. What is asked about each task and descriptor is asked after
 * that, while the loop goes on: so a task may have ended since, and its entry says what is still known. No code of the
 * program's own is called, no {@code toString} for instance, as it might wait for a lock that the loop holds.
 *
 * @param loop the name of the loop
 * @param thread the name of the loop's thread
 * @param state what the loop does
 * @param runs what runs on the loop now, a task or a callback; null for nothing
 * @param stack of that, the innermost frame first; empty for nothing
 * @param tasks the tasks that have begun and not ended, the oldest first
 * @param tasksInAll how many there are; the list may be cut
 * @param callbacks the callbacks that wait for something, for a lock for instance, and go on later
 * @param callbacksInAll how many there are; the list may be cut
 * @param timers the deadlines that are set, the earliest first
 * @param timersInAll how many there are; the list may be cut
 * @param descriptors the descriptors on the loop
 * @param descriptorsInAll how many there are; the list may be cut
 * @param queued the callbacks and tasks that are queued on the loop, and behind them those that other threads have
 *     submitted
 * @param queuedInAll how many there are; the list may be cut
 * @since 0.1.0
 */
public record LoopDump(String loop, String thread, State state, @Nullable String runs, List<StackTraceElement> stack,
        List<TaskEntry> tasks, int tasksInAll, List<CallbackEntry> callbacks, int callbacksInAll,
        List<TimerEntry> timers, int timersInAll, List<DescriptorEntry> descriptors, int descriptorsInAll,
        List<String> queued, int queuedInAll) {
    /**
     * What a loop does.
     *
     * @since 0.1.0
     */
    public enum State {
        /** It runs a callback or a task. */
        RUNNING,
        /** It sleeps in its poll. */
        SLEEPING,
        /** It polls without sleeping, or nobody steps it now. */
        RESTING,
        /** It is closed. */
        CLOSED
    }

    /**
     * Makes a dump; programs get one by {@link io.stepoll.EventLoop#dump}.
     *
     * @param loop the name of the loop
     * @param thread the name of the loop's thread
     * @param state what the loop does
     * @param runs what runs on the loop now
     * @param stack of that
     * @param tasks the tasks
     * @param tasksInAll how many there are
     * @param callbacks the callbacks that wait
     * @param callbacksInAll how many there are
     * @param timers the deadlines that are set
     * @param timersInAll how many there are
     * @param descriptors the descriptors
     * @param descriptorsInAll how many there are
     * @param queued what is queued
     * @param queuedInAll how many there are
     */
    public LoopDump {
        stack = List.copyOf(stack);
        tasks = List.copyOf(tasks);
        callbacks = List.copyOf(callbacks);
        timers = List.copyOf(timers);
        descriptors = List.copyOf(descriptors);
        queued = List.copyOf(queued);
    }

    /**
     * One task.
     *
     * @param name of its thread; empty for none
     * @param threadId of its thread
     * @param daemon whether the loop is done without it
     * @param state of its thread: {@link Thread.State#RUNNABLE} if it runs or is queued
     * @param waitsFor what it waits for: a call and its descriptor with the peer, a time, or a lock; null for nothing
     * @param since how long it has waited, to the precision of the loop's last look at its clock; for a lock at most so
     *     long; null if it does not wait
     * @param deadline until its wait times out, or its sleep ends; negative if that is overdue; null for none
     * @param stack of the task, the innermost frame first
     * @since 0.1.0
     */
    public record TaskEntry(String name, long threadId, boolean daemon, Thread.State state, @Nullable String waitsFor,
            @Nullable Duration since, @Nullable Duration deadline, List<StackTraceElement> stack) {
        /**
         * Makes an entry.
         *
         * @param name of its thread
         * @param threadId of its thread
         * @param daemon whether the loop is done without it
         * @param state of its thread
         * @param waitsFor what it waits for
         * @param since how long it has waited
         * @param deadline until its wait times out
         * @param stack of the task
         */
        public TaskEntry {
            stack = List.copyOf(stack);
        }
    }

    /**
     * One callback that waits. It has a thread of the loop's, as a task has.
     *
     * @param what the method that the loop has called
     * @param state of its thread: {@link Thread.State#RUNNABLE} if it is queued to go on
     * @param waitsFor what it waits for: a lock; null for nothing
     * @param stack of the callback, the innermost frame first
     * @since 0.1.0
     */
    public record CallbackEntry(String what, Thread.State state, @Nullable String waitsFor,
            List<StackTraceElement> stack) {
        /**
         * Makes an entry.
         *
         * @param what the method that the loop has called
         * @param state of its thread
         * @param waitsFor what it waits for
         * @param stack of the callback
         */
        public CallbackEntry {
            stack = List.copyOf(stack);
        }
    }

    /**
     * One deadline that is set.
     *
     * @param what a timer with its callback, or the wait or the deadline of a task
     * @param due until it comes; negative if it is overdue
     * @param daemon whether the loop is done without it
     * @since 0.1.0
     */
    public record TimerEntry(String what, Duration due, boolean daemon) {}

    /**
     * One descriptor.
     *
     * @param fd its number
     * @param what its peer, or its own address, or its number alone
     * @param waits what somebody waits for there: read, write, a hang-up, a handler; empty for nobody
     * @since 0.1.0
     */
    public record DescriptorEntry(int fd, String what, String waits) {}

    /** {@return the dump as text, of several lines} */
    @Override
    public String toString() {
        return DumpText.of(this);
    }

    /** {@return the dump as one JSON object, with the names of the components; times are in nanoseconds} */
    public String toJson() {
        return DumpJson.of(this);
    }
}
