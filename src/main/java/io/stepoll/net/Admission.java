package io.stepoll.net;

import io.stepoll.metrics.ServerMetrics;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Counts the connections of a server over all its loops, and keeps their number within a limit. For any thread. */
final class Admission {
    private final int most;
    private final boolean waits;
    private final AtomicInteger reserved = new AtomicInteger(); // never more than the most; stays 0 without a limit
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();

    /** The tasks that wait until there is room, to accept. */
    private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();

    private final CompletableFuture<Void> empty = new CompletableFuture<>();
    private volatile boolean closing;

    /** @param most 0 for no limit */
    Admission(int most, boolean waitsWhenFull) {
        this.most = most;
        waits = most != 0 && waitsWhenFull;
    }

    /** Whether a connection stays in the backlog while there is no room. */
    boolean waitsWhenFull() {
        return waits;
    }

    /** Takes room for one connection. Returns whether there was some. */
    boolean tryReserve() {
        if (most == 0) {
            return true;
        }
        for (int now = reserved.get(); now < most; now = reserved.get()) {
            if (reserved.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Gives the room back. */
    void release() {
        if (most != 0) {
            reserved.getAndDecrement();
            wakeNext();
        }
    }

    private void wakeNext() {
        Thread next = waiting.peek(); // which takes itself out of the queue
        if (next != null) {
            LockSupport.unpark(next);
        }
    }

    /** Waits until there may be room, or the listener is closed. In a task of the listener's loop. */
    void awaitRoom(Listener listener) throws InterruptedIOException {
        Thread current = Thread.currentThread();
        waiting.add(current);
        try {
            while (reserved.get() >= most && listener.isOpen()) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedIOException("accept: interrupted");
                }
            }
        } finally {
            waiting.remove(current);
            if (reserved.get() < most) {
                wakeNext(); // what is left of the room may be the next one's
            }
        }
    }

    /** Lets all who wait look at their listeners. */
    void wakeAll() {
        waiting.forEach(LockSupport::unpark);
    }

    /** A connection was accepted. */
    void accepts() {
        accepted.getAndIncrement();
    }

    /** A connection begins, for which room was taken. */
    void begins() {
        connections.getAndIncrement();
    }

    /** A connection has ended that was served. */
    void ends() {
        ended.getAndIncrement();
        leaves();
    }

    /** A connection that had begun is turned away. */
    void turnsAway() {
        refuses();
        leaves();
    }

    private void leaves() {
        boolean isLast = connections.decrementAndGet() == 0; // before the room may be another connection's
        release();
        if (isLast && closing) {
            empty.complete(null);
        }
    }

    /** A connection was turned away. */
    void refuses() {
        refused.getAndIncrement();
    }

    /** No connection begins any more but those that are accepted. */
    void close() {
        closing = true;
        if (connections.get() == 0) {
            empty.complete(null);
        }
    }

    boolean isClosing() {
        return closing;
    }

    /** Is complete once the server is closed and no connection is left. */
    CompletableFuture<Void> empty() {
        return empty;
    }

    int connections() {
        return connections.get();
    }

    long refused() {
        return refused.get();
    }

    /** What was counted so far. Ends are read before accepts, so that nothing has ended that was not accepted. */
    ServerMetrics metrics(String address) {
        long endedSoFar = ended.get();
        long refusedSoFar = refused.get();
        return new ServerMetrics(address, System.nanoTime(), accepted.get(), refusedSoFar, endedSoFar,
                connections.get());
    }
}
