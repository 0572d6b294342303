package io.stepoll.internal.sys;

/** The library's log. The handlers of a log may take locks, so the loop's own thread never writes to it. */
public final class Log {
    private Log() {}

    /** {@return the logger {@code io.stepoll}} */
    public static System.Logger logger() {
        return System.getLogger("io.stepoll");
    }
}
