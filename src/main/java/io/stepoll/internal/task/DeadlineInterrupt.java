package io.stepoll.internal.task;

/**
 * The interrupt by which the deadlines over a task's code end its wait. It is told apart from everybody else's
 * interrupts: a status that deadlines alone have set is cleared again when the code ends without having seen it; any
 * other stays.
 *
 * <p>A thread has one interrupt status for all who interrupt it. So this goes by what else is known: whether the status
 * was set already, and how often the task was cancelled. A call of {@link Thread#interrupt()} that comes while a
 * deadline's interrupt has not been seen yet cannot be told apart from it.
 */
final class DeadlineInterrupt {
    private final TaskWait task;
    private boolean ours; // if the status is set, deadlines alone have set it, but for cancels that came later
    private long cancels; // the task's count when the interrupt was sent
    private int deadlines; // how many have fired
    private int interrupts; // deadlines that fire before anybody has seen the last interrupt share it

    /* While a shield holds interrupts back. */
    private boolean held;
    private boolean pending; // the thread is to be interrupted at the end of the shield
    private boolean ofTheShield; // by a deadline that has fired meanwhile, and by nobody before

    DeadlineInterrupt(TaskWait task) {
        this.task = task;
    }

    /** How many deadlines have fired so far. */
    int deadlines() {
        return deadlines;
    }

    /** The number of the last interrupt. */
    int last() {
        return interrupts;
    }

    /** A deadline has fired. In a callback, while the task does not run. */
    void send() {
        long before = task.cancels(); // read first: a cancel that is complete by now has set the status
        boolean set = task.thread().isInterrupted();
        deadlines++;
        if (held) {
            if (!pending) {
                pending = true;
                ofTheShield = true;
                interrupts++;
            }
            return;
        }
        if (!set) {
            interrupts++;
        }
        ours = !LoopTask.isUnderWay(before) && (!set || ours && before == cancels);
        cancels = before;
        task.thread().interrupt();
    }

    /**
     * A shield begins, in the task: what deadlines send comes at its end.
     *
     * @param interrupted whether the thread was interrupted, which the shield holds back as well
     */
    void holdBack(boolean interrupted) {
        held = true;
        pending = interrupted;
        ofTheShield = false;
    }

    /** The shield ends, in the task: interrupts the thread, if that was held back. */
    void release() {
        held = false;
        if (!pending) {
            return;
        }
        long before = task.cancels(); // read first, as in send
        boolean set = Thread.currentThread().isInterrupted(); // by other code, within the shield
        ours = (ofTheShield ? !LoopTask.isUnderWay(before) : ours) && !set;
        if (ofTheShield) {
            cancels = before;
        }
        Thread.currentThread().interrupt();
    }

    /** In the task: the code has seen an interrupt that was the enclosing deadline's, too. */
    void sendAgain() {
        long before = task.cancels(); // read first, as above
        if (!Thread.currentThread().isInterrupted()) {
            ours = !LoopTask.isUnderWay(before); // even if a cancel, which was seen, had a part in the first one
            cancels = before;
        }
        Thread.currentThread().interrupt();
    }

    /** Whether nobody else had interrupted the task when the interrupt was sent, or has since. */
    boolean isAlone() {
        return ours && task.cancels() == cancels;
    }

    /** In the task: clears the status again, if the code has not noticed it. */
    void takeBack() {
        if (isAlone() && Thread.interrupted() && task.cancels() != cancels) {
            Thread.currentThread().interrupt(); // a cancel came in between
        }
    }
}
