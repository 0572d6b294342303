package io.stepoll.sync;

import io.stepoll.internal.task.ThreadWait;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells a task that something has happened. A notification that comes before the task waits is kept, so none is missed;
 * several that nobody waits for count as one. Who is notified looks at what has happened by itself.
 *
 * <p>Any thread may notify, a callback included: it takes no lock and allocates nothing. What the notifying thread did
 * before happens before the end of the wait.
 *
 * <p><b>Waiting</b> is for tasks, of any number of loops, and for threads that are on no loop. Those who wait are
 * served in the order in which they came. A wait ends with an {@link InterruptedException} if the thread is
 * interrupted, before the call or during it. No notification is lost then: the next one gets it who waits. If both come
 * at once, the wait ends as notified, and the interrupt status stays set for the next wait. In a callback a method that
 * waits throws an {@link IllegalStateException}.
 *
 * @since 0.1.0
 */
public final class Notify {
    private static final int NOTIFIED = 0;

    private final Kept kept = new Kept();

    /** The one notification that nobody has waited for. */
    private static final class Kept extends Supply {
        private final AtomicBoolean there = new AtomicBoolean();

        @Override
        int tryTake() {
            return there.get() && there.compareAndSet(true, false) ? NOTIFIED : NONE;
        }

        @Override
        void put(int thing) {
            there.set(true);
        }
    }

    /** Makes one. */
    public Notify() {}

    /** Notifies the one who has waited longest; if nobody waits, the next one. May be called from any thread. */
    public void notifyOne() {
        if (!kept.grant(NOTIFIED)) {
            kept.bring(NOTIFIED);
        }
    }

    /** Notifies all who wait, and nobody who comes later. May be called from any thread. */
    public void notifyWaiters() {
        kept.grantAll(NOTIFIED);
    }

    /**
     * Waits for a notification.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void await() throws InterruptedException {
        try {
            kept.take(ThreadWait.operationBegins("await"), "await", this, null);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Waits for a notification, with a timeout.
     *
     * @param timeout how long to wait: in a task of the loop's time, counted as for
     *     {@link io.stepoll.EventLoop#callLater}; in any other thread of {@link System#nanoTime}
     * @throws InterruptedException if the thread is interrupted
     * @throws TimeoutException past the timeout
     */
    public void await(Duration timeout) throws InterruptedException, TimeoutException {
        Objects.requireNonNull(timeout, "timeout");
        kept.take(ThreadWait.operationBegins("await"), "await", this, timeout);
    }

    /** {@return whether there was a notification that nobody had waited for} The caller has it now. Any thread. */
    public boolean tryAwait() {
        return kept.takeNow() != Supply.NONE;
    }

    @Override
    public String toString() {
        return "Notify@" + Integer.toHexString(System.identityHashCode(this));
    }
}
