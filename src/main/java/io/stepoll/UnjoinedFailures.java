package io.stepoll;

import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Failures of tasks that nobody has joined. Each is logged once: when nobody can join the task any more, because it is
 * not reachable, or when its loop closes, whichever comes first.
 */
final class UnjoinedFailures {
    private static final AtomicLong LAST_NUMBER = new AtomicLong();

    /* By number. Without locks, as a loop's thread and its tasks use them: see Unreachable. */
    private final ConcurrentSkipListMap<Long, Ticket> tickets = new ConcurrentSkipListMap<>();

    /** The thread behind it exists once a task has failed. */
    private static final class Holder {
        static final Unreachable TELLER = new Unreachable("stepoll-unjoined");
        /** Of all loops, one that was forgotten included. */
        static final ConcurrentSkipListMap<Long, Ticket> TICKETS = new ConcurrentSkipListMap<>();
    }

    /** One failure; it does not hold on to its task. */
    static final class Ticket extends Unreachable.Watch<LoopTask<?>> {
        private final long number = LAST_NUMBER.incrementAndGet();
        private final ConcurrentSkipListMap<Long, Ticket> tickets;
        private final String name;
        private final Throwable failure;
        private final AtomicBoolean settled = new AtomicBoolean();

        private Ticket(ConcurrentSkipListMap<Long, Ticket> tickets, LoopTask<?> task, Throwable failure) {
            super(task, Holder.TELLER);
            this.tickets = tickets;
            name = "task " + task.thread();
            this.failure = failure;
            tickets.put(number, this);
            Holder.TICKETS.put(number, this);
        }

        /** Somebody was given the failure. */
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
        void unreachable() {
            forget();
            if (settled.compareAndSet(false, true)) {
                Failures.logger().log(System.Logger.Level.ERROR, name + " failed, and nobody has joined it", failure);
            }
        }
    }

    /** A task has failed. Called in the task's thread. */
    Ticket add(LoopTask<?> task, Throwable failure) {
        return new Ticket(tickets, task, failure);
    }

    boolean isEmpty() {
        return tickets.isEmpty();
    }

    /** The loop is closed: whoever has not joined by now is not waited for. */
    void logAll() {
        tickets.values().forEach(Ticket::unreachable);
    }
}
