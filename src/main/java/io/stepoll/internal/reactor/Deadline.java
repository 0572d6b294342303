package io.stepoll.internal.reactor;

import io.stepoll.internal.timer.TimerQueue;

/** What the timers phase runs: the callback of a timer, or a task whose time has come. */
public abstract class Deadline extends TimerQueue.Entry {
    /** The time has come. Runs inside the timers phase. */
    protected abstract void fire();

    /** The loop is closed; the time will not come. */
    protected abstract void abandon();
}
