package io.stepoll.internal.reactor;

import io.stepoll.internal.timer.TimerQueue;

/** What the timers phase runs: the callback of a timer, or a task whose time has come. */
public abstract class Deadline extends TimerQueue.Entry {
    /** The time has come. Runs inside the timers phase. */
    protected abstract void fire();

    /** Whether it runs code that may wait for a lock, and so belongs into a runner of callbacks. */
    public boolean isCallback() {
        return true;
    }

    /** What it is, for a dump. From any thread. Calls no code of the program's own. */
    public String describe() {
        return getClass().getSimpleName();
    }

    /** The loop is closed; the time will not come. */
    protected abstract void abandon();
}
