package io.stepoll.internal.reactor;

import io.stepoll.CallbackRegistration;
import java.util.Objects;

/** A callback that the loop calls around each poll. */
final class PollHook implements CallbackRegistration {
    private final Reactor reactor;
    private final PollHooks.Place place;
    private final Runnable callback;
    private boolean running;
    private volatile boolean closed;

    PollHook(Reactor reactor, PollHooks.Place place, Runnable callback) {
        this.reactor = reactor;
        this.place = place;
        this.callback = Objects.requireNonNull(callback, "callback");
    }

    PollHooks.Place place() {
        return place;
    }

    /**
     * Calls the callback, unless a call of it waits for something: it never runs beside itself. One that throws is
     * taken back: it would throw again in each step, and the reports would keep the loop from sleeping.
     */
    void run() {
        if (closed || running) {
            return;
        }
        running = true;
        try {
            callback.run();
        } catch (Throwable thrown) {
            close();
            reactor.callbackFailed(callback, thrown);
        } finally {
            running = false;
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            reactor.removeHook(this);
        }
    }

    @Override
    public String toString() {
        return "PollHook[" + place + ", " + callback + (closed ? ", closed]" : "]");
    }
}
