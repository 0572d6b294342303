package io.stepoll;

import java.io.IOException;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A process whose standard streams are descriptors of a loop, at the other ends of pipes, and its end is one, too: a
 * task waits for them without holding the loop. The streams of {@link Process} itself hold it; see {@link
 * EventLoop#startProcess}.
 *
 * <p>The descriptors belong to the loop's thread and its tasks, as all do. {@link #process} may be used by any thread.
 *
 * @since 0.1.0
 */
public interface ChildProcess extends AutoCloseable {
    /**
     * The process itself, to end it or to ask for it. Its own three streams are empty.
     *
     * @return the process
     */
    Process process();

    /**
     * Where to write what the process reads. Closing it is the end of the process's input. A write to a process that
     * reads no more is a {@link BrokenPipeException}.
     *
     * @return the descriptor; null if the builder redirects the input
     */
    @Nullable Descriptor input();

    /**
     * What the process prints.
     *
     * @return the descriptor; null if the builder redirects the output
     */
    @Nullable Descriptor output();

    /**
     * What the process prints to its standard error.
     *
     * @return the descriptor; null if the builder redirects the errors, or merges them with the output
     */
    @Nullable Descriptor errors();

    /**
     * Waits for the end of the process, by a descriptor of the loop; see pidfd_open(2). In a task, as often and by as
     * many tasks as may be. The JDK reaps the process and keeps its status, so its own ways to wait work beside this
     * one. Where the kernel has no such descriptors, before Linux 5.3, or a filter of system calls refuses them, the
     * task waits by {@link Process#waitFor()}, which holds no loop either.
     *
     * <p>A cancel or a deadline ends the wait, and leaves the process alone: {@link Process#destroy} ends it.
     *
     * @return the status: what the process has passed to exit(2), or 128 more than the number of the signal that has
     *     killed it
     * @throws IOException an {@link java.io.InterruptedIOException} if the task is interrupted; a
     *     {@link java.nio.channels.ClosedChannelException} if this was closed while the process goes on
     * @throws IllegalStateException if called by a callback while the process goes on
     */
    int awaitEnd() throws IOException;

    /**
     * Calls a callback once, when the process has ended, on the loop, with the status of {@link #awaitEnd}. If the
     * process has ended by now the callback comes in one of the next steps. Several may be called, in any order. What a
     * callback throws goes to the {@link FailureHandler}. Until then the loop has something left to do, as with a task
     * that waits for the end. No callback comes after {@link #close}, after the abort of a shutdown, or after the
     * loop's close.
     *
     * @param callback is given the status
     * @throws LoopClosedException if the loop is closed
     */
    void onEnd(IntConsumer callback);

    /**
     * Sends the process a signal; see pidfd_send_signal(2). It reaches this process or none, even if the process has
     * ended and its number is another one's by now. Without such descriptors, before Linux 5.3 or where a filter of
     * system calls refuses them, TERM and KILL go by {@link Process#destroy} and {@link Process#destroyForcibly}.
     *
     * @param signal its name without SIG, such as HUP, KILL or STOP
     * @return whether it was sent; false if the process has ended
     * @throws IllegalArgumentException if there is no such signal
     * @throws IOException a {@link SystemCallFailure}: EPERM if the process runs as another user by now, ENOSYS without
     *     such descriptors; a {@link java.nio.channels.ClosedChannelException} if this was closed while the process
     *     goes on
     */
    boolean signal(String signal) throws IOException;

    /**
     * Closes the descriptors. The process goes on, and notices the end of its input and of its readers. It leaves no
     * zombie when it ends, as the JDK reaps it.
     */
    @Override
    void close();
}
