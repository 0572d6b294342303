package io.stepoll;

/**
 * The loop is closed, or was closed during a wait.
 *
 * @since 0.1.0
 */
public final class LoopClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /**
     * Makes the exception.
     *
     * @param loop the name of the loop
     */
    public LoopClosedException(String loop) {
        super("the event loop " + loop + " is closed");
    }
}
