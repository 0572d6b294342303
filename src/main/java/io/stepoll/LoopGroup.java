package io.stepoll;

import io.stepoll.metrics.GroupMetrics;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Several event loops, each on a platform thread of its own that runs the loop until the group is stopped, and then
 * closes it. What is on one loop stays there; docs/threads.md is about servers over a group.
 *
 * <p>All methods may be called from any thread.
 *
 * @since 0.1.0
 */
public interface LoopGroup extends AutoCloseable {
    /**
     * Opens a group with the default options but for its size.
     *
     * @param loops how many, at least 1
     * @return the group
     * @throws IOException as for {@link EventLoop#open}
     * @throws IllegalArgumentException if there are fewer
     */
    static LoopGroup open(int loops) throws IOException {
        return builder().loops(loops).open();
    }

    /** {@return the options of a group to be opened, with their defaults} */
    static LoopGroupBuilder builder() {
        return Implementation.of(LoopGroupBuilder.class, "loop.GroupBuilder");
    }

    /**
     * Returns one loop after the other, in turn, and passes over those that are closed.
     *
     * @return the next loop
     * @throws IllegalStateException if all are closed
     */
    EventLoop next();

    /**
     * {@return one of the loops}
     *
     * @param index of the loop, from 0
     * @throws IndexOutOfBoundsException if there is no such loop
     */
    EventLoop loop(int index);

    /** {@return all loops, in their order; the list cannot be changed} */
    List<EventLoop> loops();

    /**
     * {@return a snapshot of what the loops have done so far, of each and their sum}
     * See {@link EventLoop#metrics}.
     */
    GroupMetrics metrics();

    /** Makes all loops end after their current step and close. Does not wait for that. */
    void stop();

    /**
     * Waits until all loops have ended and are closed.
     *
     * @throws InterruptedException if interrupted meanwhile; the loops go on
     * @throws ExecutionException if a loop ended with an exception, which is the cause. The log has it since it
     *     happened, and the other loops went on.
     * @throws IllegalStateException if called on one of the loops, which would wait for itself
     */
    void join() throws InterruptedException, ExecutionException;

    /**
     * Stops all loops, and waits until they are closed, as by {@link EventLoop#close}. An interrupt does not end that
     * wait; the interrupt status is set again after it. The second close does nothing.
     *
     * @throws IllegalStateException if called on one of the loops, which would wait for itself: there, {@link #stop}
     *     the group. Also if a loop has failed, with its exception as the cause; the others are closed then, too.
     */
    @Override
    void close();
}
