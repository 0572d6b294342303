package io.stepoll.internal.task;

/** A loop of this library, as the waits of its tasks see it. */
public interface TaskLoop {
    /** The tasks of the loop. */
    LoopTasks tasks();
}
