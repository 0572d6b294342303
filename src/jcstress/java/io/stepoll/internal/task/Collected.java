package io.stepoll.internal.task;

/** What of a scheduler's queue a test has taken, in its order. */
final class Collected {
    private final StringBuilder names = new StringBuilder();

    /** A transient with a name of one letter. */
    record Item(char name) implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("only its order is looked at");
        }
    }

    /** Takes what has come, as the loop's second phase does. */
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
