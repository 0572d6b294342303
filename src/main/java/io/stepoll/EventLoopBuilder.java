package io.stepoll;

import java.io.IOException;

/**
 * The options of a loop to be opened; from {@link EventLoop#builder}. Not for several threads at once.
 *
 * @since 0.1.0
 */
public interface EventLoopBuilder {
    /** How many operations a task does in a row before it yields, unless {@link #ioBudget} says otherwise. */
    int DEFAULT_IO_BUDGET = 64;

    /** How many bytes of idle buffers the loop's pool keeps, unless {@link #bufferPoolBytes} says otherwise. */
    int DEFAULT_BUFFER_POOL_BYTES = 1 << 22;

    /**
     * Names the loop, for messages; {@code stepoll-} and a number by default.
     *
     * @param name the name
     * @return this
     */
    EventLoopBuilder name(String name);

    /**
     * Sets the handler of what callbacks throw. By default the {@link System.Logger} {@code io.stepoll} logs each
     * failure at level ERROR.
     *
     * @param handler the handler
     * @return this
     */
    EventLoopBuilder failureHandler(FailureHandler handler);

    /**
     * Sets whether each descriptor remembers where it came to the loop, for the report of a descriptor that was never
     * closed. It costs a stack trace for each descriptor; by default it is off.
     *
     * @param trace whether descriptors remember that
     * @return this
     */
    EventLoopBuilder traceDescriptors(boolean trace);

    /**
     * Sets what the loop does while there is nothing to do; by default it sleeps.
     *
     * @param strategy what the loop does
     * @return this
     */
    EventLoopBuilder idleStrategy(IdleStrategy strategy);

    /**
     * Sets how many operations on descriptors a task may do in a row if none of them has to wait. Before the next one
     * the task yields: it goes on in the next phase of queued callbacks, and the poll in between serves the others. A
     * handler may do as many in one call; the next operation answers {@link Descriptor#WOULD_BLOCK}, and the handler is
     * called again in the next step. The default is {@value #DEFAULT_IO_BUDGET}.
     *
     * @param operations how many; 0 for no limit, and then a peer that never stops can hold the loop
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    EventLoopBuilder ioBudget(int operations);

    /**
     * Sets how many items may wait in the loop's inbox, where the submits of other threads wait for the loop. If so
     * many wait, the loop refuses new callbacks, timers and tasks of other threads with a
     * {@link java.util.concurrent.RejectedExecutionException}. Where several threads submit at once, each of them may
     * still add one. Without a limit, threads that submit faster than the loop runs fill the memory. By default there
     * is no limit.
     *
     * <p>Never refused are what the loop's own thread and its tasks submit, what continues a task that waits, a cancel,
     * and a {@link EventLoop#stop}. A {@code Server} that hands over passes a connection on to the next loop of the
     * group if an inbox is full, and closes the connection if all are.
     *
     * @param items how many; 0 for no limit
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    EventLoopBuilder inboxLimit(int items);

    /**
     * Sets whether callbacks run on the loop's own thread, and not in a virtual thread of the loop; by default they do
     * not. It saves one switch in each phase that has callbacks: with one connection, an echo in callbacks costs 0.9 of
     * the processor time, with 64 connections about the same. A callback may then step another loop.
     *
     * <p><b>What may then stand still: the whole loop, for ever.</b> A callback that meets a lock waits on the loop's
     * thread. If a task of the same loop comes before it in the queue of that lock, nobody can run the task. Many calls
     * of the JDK take locks: logging, class loading, {@link java.nio.ByteBuffer#allocateDirect}. So this is for loops
     * whose callbacks take no lock at all, or that have no tasks.
     *
     * @param onLoopThread whether callbacks run on the loop's own thread
     * @return this
     */
    EventLoopBuilder callbacksOnLoopThread(boolean onLoopThread);

    /**
     * Sets how many bytes of idle buffers the loop's {@link EventLoop#buffers pool} keeps. What a connection gives back
     * beyond that goes back to the system. It is no limit of what is taken at a time. The default is
     * {@value #DEFAULT_BUFFER_POOL_BYTES}.
     *
     * @param bytes how many; with 0 the pool keeps no memory that nobody uses
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    EventLoopBuilder bufferPoolBytes(int bytes);

    /**
     * Sets whether each buffer of the loop's {@link EventLoop#buffers pool} remembers where it was taken, for the
     * report of a buffer that was not given back. Such buffers are then also reported when the loop closes. It costs a
     * stack trace for each buffer that is taken; by default it is off.
     *
     * @param trace whether buffers remember that
     * @return this
     */
    EventLoopBuilder traceBuffers(boolean trace);

    /**
     * Sets whether the loop records how long its callbacks and tasks are queued, and how long its steps take, for
     * {@link EventLoop#metrics}. It costs two looks at the clock for each callback, each time that a task goes on, and
     * each step, and 24 bytes for each submit of another thread; docs/performance.md has figures. By default it is off,
     * and the other numbers are there all the same.
     *
     * @param record whether the loop records {@link io.stepoll.metrics.Timing#CALLBACK_LAG} and
     *     {@link io.stepoll.metrics.Timing#STEP_LENGTH}
     * @return this
     */
    EventLoopBuilder histograms(boolean record);

    /**
     * Gives the loop a virtual clock, for tests; by default its clock is CLOCK_MONOTONIC.
     *
     * @param clock the clock, which no other loop may have
     * @return this
     */
    EventLoopBuilder clock(VirtualClock clock);

    /**
     * Opens the loop. May be called from any thread.
     *
     * @return the loop, which belongs to the calling thread
     * @throws IOException as for {@link EventLoop#open}
     * @throws IllegalStateException if another loop has the clock
     */
    EventLoop open() throws IOException;
}
