package io.stepoll;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A deadline over code of a task that can be moved while the code runs; from
 * {@link EventLoop#within(Duration, TaskDeadline.Code)}. A transfer sets it anew with each piece, for instance, and so
 * fails when nothing comes for a while, but never for being long.
 *
 * <p>The methods are for the loop's thread, its tasks and its callbacks, and not only for the task whose code is under
 * the deadline. Once the deadline has come, or the code has ended, it stays as it is. All but {@link #hasCome} throw
 * {@link WrongThreadException} on other threads, and {@link LoopClosedException} once the loop is closed.
 *
 * @since 0.1.0
 */
public interface TaskDeadline {
    /**
     * Code under a deadline.
     *
     * @param <T> of the result
     * @since 0.1.0
     */
    @FunctionalInterface
    interface Code<T extends @Nullable Object> {
        /**
         * Runs the code.
         *
         * @param deadline over this code
         * @return the result
         * @throws Exception whatever the code throws
         */
        T run(TaskDeadline deadline) throws Exception;
    }

    /**
     * Sets the deadline anew, earlier or later than it was. If it was removed, there is one again.
     *
     * @param timeout until the deadline, counted as for {@link EventLoop#callLater}; with zero or less it comes in the
     *     next timers phase
     * @return whether the deadline was set; false if it has come already, or the code has ended
     */
    boolean reset(Duration timeout);

    /**
     * Moves the deadline by a time. If it was removed, there still is none.
     *
     * @param time how much later it comes; if it is negative, earlier
     * @return whether the deadline was moved, or there is none; false if it has come already, or the code has ended
     */
    boolean extend(Duration time);

    /**
     * Removes the deadline: the code may take as long as it likes, up to the deadlines around it.
     *
     * @return whether there is no deadline any more; false if it has come already, or the code has ended
     */
    boolean remove();

    /**
     * {@return the time until the deadline, counted as for {@link EventLoop#callLater}; zero or less if that has
     * passed; the duration of {@link java.time.temporal.ChronoUnit#FOREVER} if the deadline was removed}
     */
    Duration left();

    /** {@return whether the deadline has come, and has interrupted the task, or is about to} */
    boolean hasCome();
}
