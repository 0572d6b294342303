package io.stepoll.internal.task;

import io.stepoll.Task;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.threads.PhantomWatcher;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Failures of tasks that nobody has joined. Each is logged once: when nobody can join the task any more, because nobody
 * can reach it, or when its loop closes, whichever comes first.
 */
final class UnjoinedFailures {
    private static final AtomicLong LAST_NUMBER = new AtomicLong();

    /* By number. A map without locks, as a loop's thread and its tasks use it: see PhantomWatcher. */
    private final ConcurrentSkipListMap<Long, Ticket> tickets = new ConcurrentSkipListMap<>();

    /** Loaded when a task fails, so that only then the thread behind it exists. */
    private static final class Holder {
        static final PhantomWatcher WATCHER = new PhantomWatcher("stepoll-unjoined");
        /** The tickets of all loops, also of a loop that nobody closes. */
        static final ConcurrentSkipListMap<Long, Ticket> TICKETS = new ConcurrentSkipListMap<>();
    }

    /** One failure. It keeps no reference to its task. */
    static final class Ticket extends PhantomWatcher.Watch<Task<?>> {
        private final long number = LAST_NUMBER.incrementAndGet();
        private final ConcurrentSkipListMap<Long, Ticket> tickets;
        private final String name;
        private final Throwable failure;
        private final AtomicBoolean settled = new AtomicBoolean();

        private Ticket(ConcurrentSkipListMap<Long, Ticket> tickets, Task<?> task, Throwable failure) {
            super(task, Holder.WATCHER);
            this.tickets = tickets;
            name = "task " + task.thread();
            this.failure = failure;
            tickets.put(number, this);
            Holder.TICKETS.put(number, this);
        }

        /** Somebody has got the failure. */
        void joined() {
            settled.set(true);
            forget();
        }

        private void forget() {
            clear();
            tickets.remove(number);
            Holder.TICKETS.remove(number);
        }

        /** Logs the failure unless it is settled. */
        @Override
        protected void unreachable() {
            forget();
            if (settled.compareAndSet(false, true)) {
                Log.logger().log(System.Logger.Level.ERROR, name + " failed, and nobody has joined it", failure);
            }
        }
    }

    /** A task has failed. Called in the task's thread. */
    Ticket add(Task<?> task, Throwable failure) {
        return new Ticket(tickets, task, failure);
    }

    boolean isEmpty() {
        return tickets.isEmpty();
    }

    /** The loop is closed: logs what nobody has joined by now. */
    void logAll() {
        tickets.values().forEach(Ticket::unreachable);
    }
}
