package io.stepoll.internal.jfr;

/** The record of a task that has begun. */
public interface TaskRecord {
    /**
     * The task has ended, and calls this in its thread.
     *
     * @param outcome in a word
     */
    void ends(String loop, String outcome);
}
