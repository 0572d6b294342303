package io.stepoll.internal.sched;

import io.stepoll.internal.sys.VirtualThreads;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/**
 * Finds out whether virtual threads of the loop are on their way from a monitor to their scheduler.
 *
 * <p>Code that leaves a monitor, or notifies those who wait there, does not queue the virtual thread that goes on. The
 * JVM puts that thread into a list, and a thread of the JDK, its unblocker, hands the list on to the schedulers a
 * moment later. In between nobody can see that the thread goes on: not by the queues of the loop, and not by the
 * thread's state. To a loop with a virtual clock that looks as if nothing were left to do.
 *
 * <p>So the loop sends two virtual threads on the same way, one after the other. The unblocker takes the whole list at
 * a time, the newest thread first. When the first of the two arrives, the threads that were in the list before it may
 * still come. The second one is put into a later list. When it arrives, they have come.
 *
 * <p>Belongs to the loop's thread, which asks while it polls. The loop's thread takes no lock: only the two threads
 * enter the monitor, both of them within the loop's thread.
 */
public final class Unblocker {
    private static final long NEVER = -1;

    private final Scheduler scheduler;
    private final Runnable wakeup;
    private Probe probe;
    private long confirmed = NEVER;

    /** @param wakeup ends the loop's sleep, if it sleeps; any thread may call it */
    public Unblocker(Scheduler scheduler, Runnable wakeup) {
        this.scheduler = scheduler;
        this.wakeup = wakeup;
    }

    /**
     * Whether all have arrived that code of the loop has let go. If that is not known yet, the loop's wake-up is called
     * when it is time to ask again.
     *
     * @param beats the heartbeat of the loop, whose code has run if it is not that of the last call
     */
    public boolean hasHandedOnAll(long beats) {
        if (probe != null) {
            probe.runArrived();
            if (!probe.ended) {
                return false;
            }
            if (probe.waits == Probe.THREADS) {
                confirmed = probe.beats;
            }
            probe = null;
        }
        return confirmed == beats || !send(beats);
    }

    /** Returns false if there are no virtual threads for it: then there is no task either, or no memory. */
    private boolean send(long beats) {
        try {
            Probe sent = new Probe(beats);
            sent.start();
            probe = sent;
            return true;
        } catch (UnsupportedOperationException | OutOfMemoryError e) {
            return false;
        }
    }

    /** The loop is closed: what is still on its way ends on a late thread. */
    public void close() {
        if (probe != null) {
            probe.close();
        }
    }

    /** The two threads. Each is in its turn put into the list of the unblocker once, then ends. */
    private final class Probe implements Executor {
        static final int THREADS = 2;

        private final long beats;
        private final ConcurrentLinkedQueue<Runnable> arrived = new ConcurrentLinkedQueue<>();
        private volatile boolean closed;
        private boolean capturing;
        private Runnable captured;
        private int turn;
        private int waits;
        private boolean ended;

        Probe(long beats) {
            this.beats = beats;
        }

        void start() {
            Thread.Builder.OfVirtual builder = VirtualThreads.scheduledBy(this).name("stepoll-unblocker")
                    .inheritInheritableThreadLocals(false);
            Thread first = builder.unstarted(() -> {
                awaitTurn(1);
                giveTurn(THREADS);
            });
            Thread second = builder.unstarted(() -> {
                giveTurn(1);
                awaitTurn(THREADS);
                ended = true;
            });
            start(first);
            start(second);
        }

        private synchronized void awaitTurn(int number) {
            while (turn < number) {
                waits++;
                try {
                    wait();
                } catch (InterruptedException e) {
                    // Nobody has this thread to interrupt it.
                }
            }
        }

        private synchronized void giveTurn(int number) {
            turn = number;
            notifyAll();
        }

        /** Runs a thread until it waits. */
        private void start(Thread thread) {
            capturing = true;
            try {
                thread.start();
            } finally {
                capturing = false;
            }
            Runnable continuation = captured;
            if (continuation != null) { // else it comes later: see Scheduler
                captured = null;
                continuation.run();
            }
        }

        /** A continuation of one of the threads: on the loop's thread at its start, later by the unblocker. */
        @Override
        public void execute(Runnable continuation) {
            if (capturing && Thread.currentThread() == scheduler.loopThread()) {
                captured = continuation;
                return;
            }
            arrived.add(continuation);
            wakeup.run();
            if (closed) {
                endLate();
            }
        }

        void runArrived() {
            for (Runnable next = arrived.poll(); next != null; next = arrived.poll()) {
                next.run();
            }
        }

        void close() {
            closed = true;
            endLate();
        }

        private void endLate() {
            for (Runnable next = arrived.poll(); next != null; next = arrived.poll()) {
                scheduler.executeLate(next);
            }
        }
    }
}
