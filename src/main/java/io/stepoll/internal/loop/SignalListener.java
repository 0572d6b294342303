package io.stepoll.internal.loop;

/** Who wants to know of signals, as long as its loop is open. */
abstract class SignalListener {
    final Loop loop;

    SignalListener(Loop loop) {
        this.loop = loop;
    }

    /** A signal has come. On the thread that reads signals, which must not wait. */
    abstract void received(int signal);

    /**
     * The last signal of this kind was for this listener, and no other is left. Returns whether one has come of which
     * nobody was told, and nobody will be any more.
     */
    abstract boolean isOwed(int signal);
}
