package io.stepoll;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Signals that tasks wait for; from {@link EventLoop#watchSignals}. From the opening to the close no signal is lost:
 * one that comes while no task waits ends the next wait. As POSIX has it for signals, see signal(7), each signal is
 * pending once at most: what comes again before a task has got it counts as one.
 *
 * <p>Several watches, of several loops too, each get a signal. Of several tasks that wait by one watch, one gets it.
 *
 * @since 0.1.0
 */
public interface SignalWatch extends AutoCloseable {
    /**
     * Waits for the next signal. In a task.
     *
     * @return the name of the signal, as it was given. If several have come, the one whose name was given first.
     * @throws InterruptedException if the task is interrupted before a signal has come; none is lost by that
     * @throws IllegalStateException if the watch is closed, or closes meanwhile, or if called by a callback
     */
    String await() throws InterruptedException;

    /**
     * Waits for the next signal; otherwise as {@link #await()}.
     *
     * @param timeout how long, counted as for {@link EventLoop#callLater}
     * @return the name of the signal; null if none has come in time
     * @throws InterruptedException as there
     * @throws IllegalStateException as there
     */
    @Nullable String await(Duration timeout) throws InterruptedException;

    /**
     * {@return the name of a signal that has come and that no task has got, which counts as got from now on; null if
     * there is none} May be called from any thread, and never waits.
     */
    @Nullable String tryAwait();

    /**
     * Closes the watch. May be called from any thread; the loop's close does it, too. A signal that nobody in the
     * process watches any more has the effect that it had before, and so has one that has come here, if nobody has got
     * it by now.
     */
    @Override
    void close();
}
