package io.stepoll.internal.sys;

/** The library's log. The handlers of a log may take locks, so the loop's own thread never writes to it. */
public final class Log {
    private Log() {}

    /** {@return the logger {@code io.stepoll}} */
    public static System.Logger logger() {
        return System.getLogger("io.stepoll");
    }

    /** Logs an error for a thread that must go on, even if the log itself fails, for want of memory perhaps. */
    public static void error(String message, Throwable thrown) {
        log(System.Logger.Level.ERROR, message, thrown);
    }

    /** The same at any level; null for nothing that was thrown. */
    public static void log(System.Logger.Level level, String message, Throwable thrown) {
        try {
            logger().log(level, message, thrown);
        } catch (Throwable noLog) {
            // There is nowhere left to write to.
        }
    }
}
