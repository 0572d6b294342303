package io.stepoll.internal.loop;

import io.stepoll.CallbackRegistration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A callback of a loop at a signal. It is in the loop's queue once at most, so a flood of signals does not fill the
 * queue. A signal that comes after the callback has begun queues it again.
 */
final class SignalCallback extends SignalListener implements CallbackRegistration, Runnable {
    /* state:
     *   IDLE      no signal has come of which the callback was not told
     *   QUEUED    one has, and the callback is to run
     *   CLOSED    the callback was taken back, and is owed no signal
     *   OWED      the same, while it was to run; or a signal came after that, and before the end of it */
    private static final int IDLE = 0;
    private static final int QUEUED = 1;
    private static final int CLOSED = 2;
    private static final int OWED = 3;

    private final Runnable callback;
    private final AtomicInteger state = new AtomicInteger();

    /* On the loop's thread. */
    private boolean running;
    private boolean again;

    SignalCallback(Loop loop, Runnable callback) {
        super(loop);
        this.callback = Objects.requireNonNull(callback, "callback");
    }

    @Override
    void received(int signal) {
        int before = state.getAndUpdate(old -> old == IDLE ? QUEUED : old == CLOSED ? OWED : old);
        if (before == IDLE) {
            try {
                loop.scheduler().submit(this); // if the loop is closed by now, its close finds the callback owed
            } catch (OutOfMemoryError full) { // the log tells of it; the next signal tries again
                state.compareAndSet(QUEUED, IDLE);
                throw full;
            }
        }
    }

    /** On the loop: the callback runs, unless it waits for a lock since an earlier signal. */
    @Override
    public void run() {
        if (running) {
            again = true;
            return;
        }
        if (!state.compareAndSet(QUEUED, IDLE)) {
            return;
        }
        running = true;
        try {
            loop.reactor().runGuarded(callback);
        } finally {
            running = false;
            if (again) {
                again = false;
                loop.scheduler().add(this);
            }
        }
    }

    @Override
    public void close() {
        int before = state.getAndUpdate(old -> old == QUEUED ? OWED : old == IDLE ? CLOSED : old);
        if (before == IDLE || before == QUEUED) {
            HeardSignal.remove(this);
        }
    }

    @Override
    boolean isOwed(int signal) {
        int before = state.getAndSet(CLOSED);
        return before == QUEUED || before == OWED;
    }

    @Override
    public String toString() {
        return "SignalCallback[" + callback + "]";
    }
}
