package io.stepoll;

/**
 * A process whose standard streams are descriptors of a loop, at the other ends of pipes: a task waits for them without
 * holding the loop. The streams of {@link Process} itself hold it; see {@link EventLoop#startProcess}.
 *
 * <p>The descriptors belong to the loop's thread and its tasks, as all do. {@link #process} may be used by any thread.
 */
public interface ChildProcess extends AutoCloseable {
    /**
     * The process itself. Its {@code waitFor} parks a task, and does not hold the loop. Its own three streams are empty.
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
    Descriptor input();

    /**
     * What the process prints.
     *
     * @return the descriptor; null if the builder redirects the output
     */
    Descriptor output();

    /**
     * What the process prints to its standard error.
     *
     * @return the descriptor; null if the builder redirects the errors, or merges them with the output
     */
    Descriptor errors();

    /** Closes the descriptors. The process goes on, and notices the end of its input and of its readers. */
    @Override
    void close();
}
