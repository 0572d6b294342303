package io.stepoll.internal.loop;

/** An action at a signal: at once, on the thread that reads signals, even if the loop stands still. */
final class SignalAction extends SignalListener {
    private final Runnable action;

    /** @param action does not wait */
    SignalAction(Loop loop, Runnable action) {
        super(loop);
        this.action = action;
    }

    @Override
    void received(int signal) {
        action.run();
    }

    @Override
    boolean isOwed(int signal) {
        return false;
    }
}
