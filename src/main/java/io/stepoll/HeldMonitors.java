package io.stepoll;

import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;

/**
 * Refuses to run a loop under a monitor. A monitor belongs to the thread that entered it, and tasks are threads of
 * their own: {@code synchronized} around {@code run} protects nothing from them, and a task that enters the same one
 * waits for ever.
 */
final class HeldMonitors {
    private HeldMonitors() {}

    /**
     * For an assertion, as the question is dear.
     *
     * @return true
     * @throws IllegalStateException if the current thread, a platform thread, holds a monitor
     */
    static boolean none(String call) {
        MonitorInfo[] held = heldByCurrentThread();
        if (held.length != 0) {
            throw new IllegalStateException(call + " was called with a monitor held, which tasks of the loop do not"
                    + " honour: " + held[0] + ", entered in " + held[0].getLockedStackFrame());
        }
        return true;
    }

    private static MonitorInfo[] heldByCurrentThread() {
        try {
            ThreadInfo[] infos = ManagementFactory.getThreadMXBean()
                    .getThreadInfo(new long[] {Thread.currentThread().threadId()}, true, false);
            return infos[0].getLockedMonitors();
        } catch (NoClassDefFoundError noManagementModule) {
            return new MonitorInfo[0];
        }
    }
}
