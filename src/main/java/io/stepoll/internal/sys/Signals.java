package io.stepoll.internal.sys;

import java.util.Map;

/**
 * Signals that the library takes over from the JVM, by sigaction(2). {@code signals.c} says what its handler does. One
 * thread reads them: {@link #take}. The other methods are called by one thread at a time.
 */
public final class Signals {
    static final int SIGHUP = 1;
    static final int SIGINT = 2;
    static final int SIGQUIT = 3;
    static final int SIGILL = 4;
    static final int SIGTRAP = 5;
    static final int SIGABRT = 6;
    static final int SIGBUS = 7;
    static final int SIGFPE = 8;
    static final int SIGKILL = 9;
    static final int SIGUSR1 = 10;
    static final int SIGSEGV = 11;
    static final int SIGUSR2 = 12;
    static final int SIGPIPE = 13;
    static final int SIGALRM = 14;
    static final int SIGTERM = 15;
    static final int SIGCHLD = 17;
    static final int SIGCONT = 18;
    static final int SIGSTOP = 19;
    static final int SIGTSTP = 20;
    static final int SIGTTIN = 21;
    static final int SIGTTOU = 22;
    static final int SIGURG = 23;
    static final int SIGXCPU = 24;
    static final int SIGXFSZ = 25;
    static final int SIGVTALRM = 26;
    static final int SIGPROF = 27;
    static final int SIGWINCH = 28;
    static final int SIGIO = 29;
    static final int SIGPWR = 30;
    static final int SIGSYS = 31;

    private static final Map<String, Integer> NUMBERS = Map.ofEntries(Map.entry("HUP", SIGHUP),
            Map.entry("INT", SIGINT), Map.entry("USR1", SIGUSR1), Map.entry("ALRM", SIGALRM),
            Map.entry("TERM", SIGTERM), Map.entry("CHLD", SIGCHLD), Map.entry("CONT", SIGCONT),
            Map.entry("TSTP", SIGTSTP), Map.entry("TTIN", SIGTTIN), Map.entry("TTOU", SIGTTOU),
            Map.entry("URG", SIGURG), Map.entry("VTALRM", SIGVTALRM), Map.entry("PROF", SIGPROF),
            Map.entry("WINCH", SIGWINCH), Map.entry("IO", SIGIO), Map.entry("POLL", SIGIO), Map.entry("PWR", SIGPWR));

    static {
        Shim.load();
    }

    /** Those that the JVM has a use for, and those that no process can handle. */
    private static final Map<String, Integer> OTHERS = Map.ofEntries(Map.entry("QUIT", SIGQUIT),
            Map.entry("ILL", SIGILL), Map.entry("TRAP", SIGTRAP), Map.entry("ABRT", SIGABRT), Map.entry("BUS", SIGBUS),
            Map.entry("FPE", SIGFPE), Map.entry("KILL", SIGKILL), Map.entry("SEGV", SIGSEGV),
            Map.entry("USR2", SIGUSR2), Map.entry("PIPE", SIGPIPE), Map.entry("STOP", SIGSTOP),
            Map.entry("XCPU", SIGXCPU), Map.entry("XFSZ", SIGXFSZ), Map.entry("SYS", SIGSYS));

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
            throw new IllegalArgumentException(name + " is no signal that a program may handle in a JVM, " + why(name)
                    + "; these are: " + NUMBERS.keySet().stream().sorted().toList());
        }
        return number;
    }

    private static String why(String name) {
        Integer other = OTHERS.get(name);
        if (other == null) {
            return "as there is none of this name: names are upper case and without SIG";
        }
        return other == SIGKILL || other == SIGSTOP ? "as the kernel lets no process handle it"
                : "as the JVM uses it itself, or its effect must not change";
    }

    /**
     * The number of a signal for another process, by its name without SIG.
     *
     * @throws IllegalArgumentException if there is no such signal
     */
    public static int numberForOthers(String name) {
        Integer number = NUMBERS.getOrDefault(name, OTHERS.get(name));
        if (number == null) {
            throw new IllegalArgumentException(name + " is no signal: names are upper case and without SIG");
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

    /** Sends a signal to this process: kill(2). Returns 0, or {@code -errno}. */
    public static native int send(int signal);

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
