package io.stepoll;

/**
 * The interrupt by which the deadlines over a task's code end its wait, told apart from everybody else's: a status that
 * they alone have set is taken back when the code ends without having seen it, and any other is not.
 *
 * <p>A thread has one status for all who interrupt it, so this goes by what else is known: whether it was set already,
 * and the task's count of cancels. An interrupt by {@link Thread#interrupt()} that comes while a deadline's has not
 * been seen yet cannot be told apart from it.
 */
final class DeadlineInterrupt {
    private final Suspension task;
    private boolean ours; // the status, if it is set, is due to deadlines alone, but for later cancels
    private long cancels; // as they were then

    DeadlineInterrupt(Suspension task) {
        this.task = task;
    }

    /** On the loop's thread, while the task does not run. */
    void send() {
        long before = task.cancels(); // first: one that is complete by now has set the status
        boolean set = task.thread().isInterrupted();
        ours = !LoopTask.isUnderWay(before) && (!set || ours && before == cancels);
        cancels = before;
        task.thread().interrupt();
    }

    /** Whether nobody else has interrupted the task when, or since, it was sent. */
    boolean isAlone() {
        return ours && task.cancels() == cancels;
    }

    /** In the task: as if it had not been sent, if that was not noticed. */
    void takeBack() {
        if (isAlone() && Thread.interrupted() && task.cancels() != cancels) {
            Thread.currentThread().interrupt(); // a cancel came in between
        }
    }
}
