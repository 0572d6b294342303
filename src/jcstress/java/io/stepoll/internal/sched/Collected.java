package io.stepoll.internal.sched;

/** The names of the callbacks that a test has taken from a scheduler, in their order. */
final class Collected {
    private final StringBuilder names = new StringBuilder();

    /** A queued callback with a name of one letter. */
    record Item(char name) implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("a test looks at the order only, and runs nothing");
        }
    }

    /** Takes the queued callbacks, as the phase of queued callbacks does. */
    void take(Scheduler scheduler) {
        scheduler.drainInbox();
        for (Runnable next = scheduler.next(); next != null; next = scheduler.next()) {
            names.append(((Item) next).name());
        }
    }

    String names() {
        return names.toString();
    }
}
