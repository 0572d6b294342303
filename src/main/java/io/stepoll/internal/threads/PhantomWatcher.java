package io.stepoll.internal.threads;

import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Log;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Watches phantom references: a thread of its own is notified when an object is no longer reachable. This class
 * replaces the JDK's {@code Cleaner}, which guards its list by a monitor. The owner of that monitor hands it to the
 * first thread in its queue, which may be a task. If the loop's own thread waits behind that task, in a callback, the
 * loop stands still for ever. With this class neither a loop nor its tasks take a lock.
 */
public final class PhantomWatcher implements Runnable {
    private final ReferenceQueue<Object> queue = new ReferenceQueue<>();
    private final String name;
    private final String goesOn; // made here, as the heap may be full when it is needed
    private final AtomicBoolean started = new AtomicBoolean();

    /** @param name of the thread, which starts with the first watch */
    public PhantomWatcher(String name) {
        this.name = name;
        goesOn = name + " goes on after a failure";
    }

    /** Watches one object. The owner of a watch keeps it reachable, and clears it when it is no longer wanted. */
    public abstract static class Watch<T> extends PhantomReference<T> {
        protected Watch(T watched, PhantomWatcher watcher) {
            super(watched, watcher.queue);
            watcher.start();
        }

        /** The object is no longer reachable. Runs on the watcher's thread. */
        protected abstract void unreachable();
    }

    /** Where no thread can be started, what is unreachable waits in the queue, and the next watch tries again. */
    private void start() {
        if (!started.get() && started.compareAndSet(false, true)) {
            try {
                Thread thread = new Thread(this, name);
                thread.setDaemon(true);
                thread.start();
            } catch (Throwable noThread) {
                started.set(false);
            }
        }
    }

    /** On the watcher's thread. */
    @Override
    public void run() {
        try {
            Affinity.unpin();
        } catch (Throwable e) {
            Log.error(goesOn, e); // on the processors of the thread that made the first watch
        }
        while (true) {
            try {
                ((Watch<?>) queue.remove()).unreachable();
            } catch (InterruptedException e) {
                // No code interrupts this thread on purpose. The watcher goes on.
            } catch (Throwable e) {
                Log.error(goesOn, e);
            }
        }
    }
}
