package io.stepoll;

import io.stepoll.internal.timer.TimerQueue;

/** What the timer phase runs: a timer's callback, or a task that slept. */
abstract class Deadline extends TimerQueue.Entry {
    /** The time has come. Runs inside the timer phase. */
    abstract void fire();

    /** The loop is closed; the time will not come. */
    abstract void abandon();
}
