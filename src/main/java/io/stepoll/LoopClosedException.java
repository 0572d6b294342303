package io.stepoll;

/** What a call on a closed loop gets, and a wait that its closing ends. */
final class LoopClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    LoopClosedException(String loop) {
        super("the event loop " + loop + " is closed");
    }
}
