package io.stepoll.internal.loop;

/** An action at a signal that ends a loop: at once, on the thread that reads signals, even if the loop stands still. */
final class SignalStop extends SignalListener {
    private final Runnable action;

    SignalStop(Loop loop, Runnable action) {
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
