package io.stepoll.internal.sched;

/** Schedulers without a loop. */
final class Schedulers {
    /** The number of each of them. No loop, which might have the same, is open beside them. */
    static final long ID = 1;

    private Schedulers() {}

    /** A scheduler whose opener is the current thread. */
    static Scheduler open() {
        return open(new LateThreads("stress-late-"));
    }

    /** A scheduler with threads of the test's own for what comes after its close. */
    static Scheduler open(LateThreads lateThreads) {
        return new Scheduler(ID, () -> {}, lateThreads);
    }
}
