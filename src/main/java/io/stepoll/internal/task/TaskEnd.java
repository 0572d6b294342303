package io.stepoll.internal.task;

/** Is told of the end of a task that nobody joins. In the task's thread, which may wait for locks, and may log. */
public interface TaskEnd {
    /** The task has failed. A cancel, or the close of the loop, is no failure. */
    void failed(Throwable failure);

    /** The task has ended, or will never begin. If its loop is closed, this may be on a thread of its own. */
    void ended();
}
