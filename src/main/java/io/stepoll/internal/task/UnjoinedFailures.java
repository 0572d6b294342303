package io.stepoll.internal.task;

import io.stepoll.Task;
import io.stepoll.internal.reactor.Deadline;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.threads.PhantomWatcher;
import java.time.Duration;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Failures of tasks that nobody has joined. Each is logged once: a second after the end of the task, unless somebody
 * waits for the task then; when nobody can join the task any more, because nobody can reach it; or when its loop
 * closes, whichever comes first. One timer is for all failures of a loop, and the loop is done without it.
 *
 * <p>Whoever joins the task after the report still gets the failure.
 */
final class UnjoinedFailures {
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(1);

    private static final AtomicLong LAST_NUMBER = new AtomicLong();

    /* By number. A map without locks, as a loop's thread and its tasks use it: see PhantomWatcher. */
    private final ConcurrentSkipListMap<Long, Ticket> tickets = new ConcurrentSkipListMap<>();

    /** In the order of their times. Belongs to the loop's thread, like the timer. */
    private final Chain<Ticket> waiting = new Chain<>();

    private final Reactor reactor;
    private final Consumer<Ticket> reporter;
    private final Reports reports = new Reports();

    /** @param reporter lets a ticket log its failure, where the log may have a lock */
    UnjoinedFailures(Reactor reactor, Consumer<Ticket> reporter) {
        this.reactor = reactor;
        this.reporter = reporter;
        reports.makeDaemon();
    }

    /** The timer. */
    private final class Reports extends Deadline {
        @Override
        protected void fire() {
            Ticket next = waiting.first();
            while (next != null && next.reportNanos <= reactor.nowNanos()) {
                leave(next);
                if (!next.settled.get() && !next.joiners.getAsBoolean()) {
                    reporter.accept(next);
                }
                next = waiting.first();
            }
            if (next != null) {
                reactor.schedule(this, next.reportNanos);
            }
        }

        @Override
        protected void abandon() {} // the close of the loop reports all

        @Override
        public String toString() {
            return "reports of failures that nobody has joined: " + waiting.count();
        }
    }

    /** Loaded when a task fails, so that only then the thread behind it exists. */
    private static final class Holder {
        static final PhantomWatcher WATCHER = new PhantomWatcher("stepoll-unjoined");
        /** The tickets of all loops, also of a loop that nobody closes. */
        static final ConcurrentSkipListMap<Long, Ticket> TICKETS = new ConcurrentSkipListMap<>();
    }

    /** One failure. It keeps no reference to its task. */
    static final class Ticket extends PhantomWatcher.Watch<Task<?>> implements Chain.Linked<Ticket> {
        private final Long number = LAST_NUMBER.incrementAndGet();
        private final ConcurrentSkipListMap<Long, Ticket> tickets;
        private final String name;
        private final Throwable failure;
        private final BooleanSupplier joiners;
        private final AtomicBoolean settled = new AtomicBoolean();
        private long reportNanos;

        /* The neighbours among those that wait. */
        private boolean waits;
        private Ticket previous;
        private Ticket next;

        private Ticket(ConcurrentSkipListMap<Long, Ticket> tickets, Task<?> task, Throwable failure,
                BooleanSupplier joiners) {
            super(task, Holder.WATCHER);
            this.tickets = tickets;
            name = "task " + task.thread();
            this.failure = failure;
            this.joiners = joiners;
        }

        private void remember() {
            try {
                tickets.put(number, this);
                Holder.TICKETS.put(number, this);
            } catch (OutOfMemoryError full) { // the caller tells of the failure, and nobody else
                joined();
                throw full;
            }
        }

        /** Somebody has got the failure. */
        void joined() {
            settled.set(true);
            forget();
        }

        private void forget() {
            clear();
            try {
                tickets.remove(number); // which needs memory
            } finally {
                Holder.TICKETS.remove(number);
            }
        }

        Throwable failure() {
            return failure;
        }

        @Override
        public Ticket previous() {
            return previous;
        }

        @Override
        public Ticket next() {
            return next;
        }

        @Override
        public void setPrevious(Ticket ticket) {
            previous = ticket;
        }

        @Override
        public void setNext(Ticket ticket) {
            next = ticket;
        }

        @Override
        protected void unreachable() {
            log();
        }

        void logUnlessJoined() {
            if (!joiners.getAsBoolean()) {
                log();
            }
        }

        /** Logs the failure unless it is settled. */
        void log() {
            forget();
            if (settled.compareAndSet(false, true)) {
                Log.logger().log(System.Logger.Level.ERROR, name + " failed, and nobody has joined it", failure);
            }
        }
    }

    /**
     * A task has failed. Called in the task's thread.
     *
     * @param joiners whether somebody waits for the task
     */
    Ticket add(Task<?> task, Throwable failure, BooleanSupplier joiners) {
        Ticket ticket = new Ticket(tickets, task, failure, joiners);
        ticket.remember();
        waitForJoin(ticket);
        return ticket;
    }

    /** Waits a second, from this call on, for somebody to join the task. In a task. */
    void waitForJoin(Ticket ticket) {
        if (ticket.settled.get()) {
            return;
        }
        if (reactor.thread().isClosed()) { // this is a late thread, and the loop has no time any more
            ticket.logUnlessJoined();
            return;
        }
        if (ticket.waits) {
            leave(ticket);
        }
        ticket.reportNanos = reactor.deadlineNanos(LONGEST_SILENCE);
        ticket.waits = true;
        waiting.add(ticket);
        try {
            if (!reports.isPending()) {
                reactor.schedule(reports, ticket.reportNanos);
            }
        } catch (OutOfMemoryError full) { // no timer would report it
            leave(ticket);
            reporter.accept(ticket);
        }
    }

    private void leave(Ticket ticket) {
        ticket.waits = false;
        waiting.remove(ticket);
    }

    boolean isEmpty() {
        return tickets.isEmpty();
    }

    /** The loop is closed: logs what nobody has joined by now. */
    void logAll() {
        tickets.values().forEach(Ticket::logUnlessJoined);
    }
}
