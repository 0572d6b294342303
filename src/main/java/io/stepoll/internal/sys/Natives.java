package io.stepoll.internal.sys;

/** Checks that the shim has the native methods. */
public final class Natives {
    private static volatile boolean complete;

    private Natives() {}

    /**
     * Loads the shim, and calls one native method of each class. So a missing symbol is noticed here, and not in the
     * middle of a step. May be called from any thread.
     *
     * @throws UnsatisfiedLinkError if the shim cannot be loaded or lacks a symbol, with the cause; each later call
     *     throws again
     */
    public static void load() {
        Shim.load();
        if (complete) {
            return;
        }
        try {
            Epoll.await(-1, 0, 1, 0);
            Descriptors.getStatusFlags(-1);
            Errno.name(0);
            Options.get(-1, 0, 0, 0, 0);
            Datagrams.sendmmsg(-1, 0, 0);
            FileSending.outOfPipe(-1, -1, 0);
            Sockets.shutdown(-1, 0);
            Affinity.get(0, 0);
            Memory.release(0, 0);
            Signals.giveBack(0);
            VirtualThreads.loopOfThread();
            complete = true;
        } catch (UnsatisfiedLinkError e) {
            UnsatisfiedLinkError explained = new UnsatisfiedLinkError("stepoll's native library: missing symbol in the"
                    + " loaded shim (" + e.getMessage() + ")" + Shim.HELP);
            explained.initCause(e);
            throw explained;
        }
    }
}
