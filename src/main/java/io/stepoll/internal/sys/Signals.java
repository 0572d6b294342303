package io.stepoll.internal.sys;

import java.util.Map;

/**
 * Signals that the library takes over from the JVM, by sigaction(2). {@code signals.c} says what its handler does. One
 * thread reads them: {@link #take}. The other methods are called by one thread at a time.
 */
public final class Signals {
    static final int SIGHUP = 1;
    static final int SIGINT = 2;
    static final int SIGUSR1 = 10;
    static final int SIGALRM = 14;
    static final int SIGTERM = 15;
    static final int SIGCHLD = 17;
    static final int SIGCONT = 18;
    static final int SIGTSTP = 20;
    static final int SIGTTIN = 21;
    static final int SIGTTOU = 22;
    static final int SIGURG = 23;
    static final int SIGVTALRM = 26;
    static final int SIGPROF = 27;
    static final int SIGWINCH = 28;
    static final int SIGIO = 29;
    static final int SIGPWR = 30;

    private static final Map<String, Integer> NUMBERS = Map.ofEntries(Map.entry("HUP", SIGHUP),
            Map.entry("INT", SIGINT), Map.entry("USR1", SIGUSR1), Map.entry("ALRM", SIGALRM),
            Map.entry("TERM", SIGTERM), Map.entry("CHLD", SIGCHLD), Map.entry("CONT", SIGCONT),
            Map.entry("TSTP", SIGTSTP), Map.entry("TTIN", SIGTTIN), Map.entry("TTOU", SIGTTOU),
            Map.entry("URG", SIGURG), Map.entry("VTALRM", SIGVTALRM), Map.entry("PROF", SIGPROF),
            Map.entry("WINCH", SIGWINCH), Map.entry("IO", SIGIO), Map.entry("POLL", SIGIO), Map.entry("PWR", SIGPWR));

    static {
        Shim.load();
    }

    private Signals() {}

    /**
     * The number of a signal, by its name without SIG.
     *
     * @throws IllegalArgumentException if no program can have the signal: it does not exist, cannot be handled, or the
     *     JVM needs it
     */
    public static int number(String name) {
        Integer number = NUMBERS.get(name);
        if (number == null) {
            throw new IllegalArgumentException(name + " is no signal that a program may handle in a JVM: "
                    + NUMBERS.keySet().stream().sorted().toList());
        }
        return number;
    }

    /**
     * Makes {@link #take} return the signal, whenever it comes. A signal that the process ignores, as nohup(1) and a
     * shell's background jobs do it, stays ignored.
     *
     * @return 0; 1 if the signal stays ignored; {@code -errno}
     */
    public static native int takeOver(int signal);

    /** Gives a signal that was taken over back to who handled it before. Returns 0, or {@code -errno}. */
    public static native int giveBack(int signal);

    /** Makes the returned number the reader's. A thread that waits in {@link #take} by another number returns. */
    public static native int nextReader();

    /**
     * Waits for the next signal.
     *
     * @param reader the number of {@link #nextReader}
     * @return the signal's number; 0 as soon as another number is the reader's
     */
    public static native int take(int reader);
}
