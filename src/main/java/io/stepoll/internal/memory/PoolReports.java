package io.stepoll.internal.memory;

/** Who reports what a pool has lost: the rooms above know the log. */
public interface PoolReports {
    /**
     * Reports a warning. On the loop's thread, which does not log itself.
     *
     * @param where where the buffers were taken; null if that is not known
     */
    void warn(String message, Throwable where);
}
