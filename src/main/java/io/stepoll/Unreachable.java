package io.stepoll;

import io.stepoll.internal.sys.Affinity;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;

/**
 * Tells of objects that nobody can reach any more, on a thread of its own. It stands in for the JDK's {@code Cleaner},
 * whose list has a monitor: where a task is next to get it and the loop's own thread waits behind, in a callback, the
 * loop stands still for ever. Here nothing that a loop or its tasks do takes a lock.
 */
final class Unreachable extends Thread {
    private final ReferenceQueue<Object> queue = new ReferenceQueue<>();

    Unreachable(String name) {
        super(name);
        setDaemon(true);
        start();
    }

    /** Whoever wants to be told of an object holds on to this, and clears it when that is no longer so. */
    abstract static class Watch<T> extends PhantomReference<T> {
        Watch(T watched, Unreachable teller) {
            super(watched, teller.queue);
        }

        /** Nobody can reach the object any more. */
        abstract void unreachable();
    }

    @Override
    public void run() {
        Affinity.unpin();
        while (true) {
            try {
                ((Watch<?>) queue.remove()).unreachable();
            } catch (InterruptedException e) {
                // By nobody who knows it; it goes on.
            } catch (Throwable e) {
                Failures.logger().log(System.Logger.Level.ERROR, getName() + " goes on", e);
            }
        }
    }
}
