package io.stepoll.internal.sched;

/**
 * The uncaught-exception handler of a virtual thread of a loop. It leads from the thread to its task by one field read,
 * where a thread-local would cost a map in each thread. If a user replaces the handler, slower ways take its place.
 */
public interface Carried extends Thread.UncaughtExceptionHandler {
    /** The thread that this object was made for. A user may give the same handler to another thread. */
    Thread thread();

    /** The scheduler that runs the thread. */
    Scheduler scheduler();
}
