package io.stepoll.internal.reactor;

import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;

/**
 * Refuses to run a loop while its thread holds a monitor. A monitor belongs to the thread that entered it, and tasks
 * are threads of their own. So {@code synchronized} around {@code run} protects nothing from the tasks, and a task that
 * enters the same monitor waits for ever.
 */
final class HeldMonitors {
    private HeldMonitors() {}

    /** Makes the JDK load here what the check needs, and not in a process without descriptors. Returns true. */
    static boolean areKnown() {
        heldByCurrentThread();
        return true;
    }

    /**
     * For an assertion only, as the check is expensive.
     *
     * @return true
     * @throws IllegalStateException if the current thread, a platform thread, holds a monitor
     */
    static boolean none(String call) {
        Object[] held = heldByCurrentThread();
        if (held.length != 0) {
            MonitorInfo first = (MonitorInfo) held[0];
            throw new IllegalStateException(call + " was called while the thread holds a monitor, which does not"
                    + " keep tasks of the loop out: " + first + ", entered in " + first.getLockedStackFrame());
        }
        return true;
    }

    /** The monitors; without the module java.management, which has their class, none. */
    private static Object[] heldByCurrentThread() {
        try {
            ThreadInfo[] infos = ManagementFactory.getThreadMXBean()
                    .getThreadInfo(new long[] {Thread.currentThread().threadId()}, true, false);
            return infos[0] == null ? new Object[0] : infos[0].getLockedMonitors(); // null for a virtual thread
        } catch (NoClassDefFoundError noManagementModule) {
            return new Object[0];
        }
    }
}
