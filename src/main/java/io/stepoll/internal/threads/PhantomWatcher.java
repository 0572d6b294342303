package io.stepoll.internal.threads;

import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Log;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;

/**
 * Watches phantom references: a thread of its own is notified when an object is no longer reachable. This class
 * replaces the JDK's {@code Cleaner}, which guards its list by a monitor. The owner of that monitor hands it to the
 * first thread in its queue, which may be a task. If the loop's own thread waits behind that task, in a callback, the
 * loop stands still for ever. With this class neither a loop nor its tasks take a lock.
 */
public final class PhantomWatcher extends Thread {
    private final ReferenceQueue<Object> queue = new ReferenceQueue<>();

    /** Starts a watcher. */
    public PhantomWatcher(String name) {
        super(name);
        setDaemon(true);
        start();
    }

    /** Watches one object. The owner of a watch keeps it reachable, and clears it when it is no longer wanted. */
    public abstract static class Watch<T> extends PhantomReference<T> {
        protected Watch(T watched, PhantomWatcher watcher) {
            super(watched, watcher.queue);
        }

        /** The object is no longer reachable. Runs on the watcher's thread. */
        protected abstract void unreachable();
    }

    @Override
    public void run() {
        Affinity.unpin();
        while (true) {
            try {
                ((Watch<?>) queue.remove()).unreachable();
            } catch (InterruptedException e) {
                // No code interrupts this thread on purpose. The watcher goes on.
            } catch (Throwable e) {
                Log.logger().log(System.Logger.Level.ERROR, getName() + " goes on after a failure", e);
            }
        }
    }
}
