package io.stepoll.internal.threads;

import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.sys.Signals;
import java.util.function.IntConsumer;

/**
 * The thread that waits for the signals that the library has taken over. There is one while any is. It is no handler of
 * a signal, so what it calls may do anything.
 */
public final class SignalReader {
    private final int number = Signals.nextReader();

    /**
     * Starts the thread.
     *
     * @param action what to call with the number of each signal
     * @throws OutOfMemoryError if the system refuses the thread
     */
    public SignalReader(IntConsumer action) {
        Thread.ofPlatform().daemon().name("stepoll-signals").inheritInheritableThreadLocals(false).start(() -> {
            Affinity.unpin(); // a pinned loop may have started this thread
            for (int signal = Signals.take(number); signal != 0; signal = Signals.take(number)) {
                call(action, signal);
            }
        });
    }

    private static void call(IntConsumer action, int signal) {
        try {
            action.accept(signal);
        } catch (Throwable thrown) {
            Log.error("what a signal calls failed", thrown);
        }
    }

    /** Ends the thread, when it has done what it does. May be called by that thread, too. */
    public void end() {
        Signals.nextReader();
    }
}
