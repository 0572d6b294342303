package io.stepoll.internal.task;

/**
 * What a virtual thread of a loop has as its uncaught-exception handler, which is how the thread leads to its task:
 * one field read, where a thread-local would cost a map in each thread. A user may replace the handler; then the
 * slower ways stand in.
 */
public interface Carried extends Thread.UncaughtExceptionHandler {
    /** The thread this stands for. Another one may have been given the same handler. */
    Thread thread();

    /** Who runs that thread. */
    Scheduler scheduler();
}
