package io.stepoll;

/**
 * A callback that a loop calls again and again until it is taken back: at a signal, from {@link EventLoop#onSignal}, or
 * around each poll, from {@link EventLoop#beforePoll}, {@link EventLoop#afterPoll} and {@link EventLoop#whenIdle}.
 *
 * @since 0.1.0
 */
public interface CallbackRegistration extends AutoCloseable {
    /**
     * Takes the callback back. May be called from any thread, by the callback too. On the loop's thread, and in its
     * tasks and callbacks, the callback does not begin after this call; from another thread it may begin once more
     * meanwhile. A second call does nothing. The loop's close takes all callbacks back.
     */
    @Override
    void close();
}
