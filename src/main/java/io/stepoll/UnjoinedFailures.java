package io.stepoll;

import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Failures of tasks that nobody has joined. Each is logged once: when nobody can join the task any more, because it is
 * not reachable, or when its loop closes, whichever comes first.
 */
final class UnjoinedFailures {
    private final Set<Ticket> tickets = ConcurrentHashMap.newKeySet();

    /** The thread behind it exists once a task has failed. */
    private static final class Holder {
        static final Cleaner CLEANER = Cleaner.create();
    }

    /** One failure; it does not hold on to its task. */
    static final class Ticket implements Runnable {
        private final Set<Ticket> tickets;
        private final String task;
        private final Throwable failure;
        private final AtomicBoolean settled = new AtomicBoolean();

        private Ticket(Set<Ticket> tickets, String task, Throwable failure) {
            this.tickets = tickets;
            this.task = task;
            this.failure = failure;
        }

        /** Somebody was given the failure. */
        void joined() {
            settled.set(true);
            tickets.remove(this);
        }

        /** Logs the failure unless it is settled. */
        @Override
        public void run() {
            tickets.remove(this);
            if (settled.compareAndSet(false, true)) {
                Failures.logger().log(System.Logger.Level.ERROR, task + " failed, and nobody has joined it", failure);
            }
        }
    }

    /** A task has failed. Called in the task's thread. */
    Ticket add(LoopTask<?> task, Throwable failure) {
        Ticket ticket = new Ticket(tickets, "task " + task.thread(), failure);
        tickets.add(ticket);
        Holder.CLEANER.register(task, ticket);
        return ticket;
    }

    boolean isEmpty() {
        return tickets.isEmpty();
    }

    /** The loop is closed: whoever has not joined by now is not waited for. */
    void logAll() {
        tickets.forEach(Ticket::run);
    }
}
