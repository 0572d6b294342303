package io.stepoll.surroundings;

import static io.stepoll.support.NativeFunctions.call;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.support.FaultBuild;
import io.stepoll.support.NativeFunctions;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Map;

/** What src/test/c/surroundings.c does to a thread or to a process. It uses no class of the library. */
final class Surroundings {
    /** The library: in the LD_PRELOAD of a JVM it also takes the place of functions of libc. */
    static final Path LIBRARY = FaultBuild.library().resolveSibling("libsurroundings.so");

    private static final int EINVAL = 22;

    private static final NativeFunctions FUNCTIONS = new NativeFunctions(LIBRARY, "surroundings_");
    private static final MethodHandle REFUSE = FUNCTIONS.find("refuse", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle SIGNAL = FUNCTIONS.find("signal", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SIGNALS = FUNCTIONS.find("signals", JAVA_INT);
    private static final MethodHandle SIGNALS_END = FUNCTIONS.find("signals_end", null);
    private static final MethodHandle HANDLE = FUNCTIONS.find("handle", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle HANDLED = FUNCTIONS.find("handled", JAVA_INT, JAVA_INT);
    private static final MethodHandle RAISE = FUNCTIONS.find("raise", JAVA_INT, JAVA_INT);
    private static final MethodHandle JUMP = FUNCTIONS.find("jump", null, JAVA_LONG);
    private static final MethodHandle REFUSE_THREADS = FUNCTIONS.find("refuse_threads", null, JAVA_INT);
    private static final MethodHandle REFUSED_THREADS = FUNCTIONS.find("refused_threads", JAVA_INT);

    private Surroundings() {}

    /** Lets the library take the place of functions of libc in a child, beside what this JVM itself preloads. */
    static void preload(Map<String, String> environment) {
        environment.merge("LD_PRELOAD", LIBRARY.toString(), (inherited, own) -> inherited + ":" + own);
    }

    /** From now on the kernel refuses a system call of this thread, and of the threads that it starts. */
    static void refuse(String call, int errno) {
        refuse(call, errno, -1);
    }

    /** From now on the kernel refuses a system call of this thread whose first argument is that descriptor. */
    static void refuse(String call, int errno, int fd) {
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) call(REFUSE, arena.allocateFrom(call), errno, fd);
            assumeTrue(result == 0 || result == -EINVAL && !isKnownArchitecture(),
                    "this kernel or architecture takes no seccomp filter of the test's: errno " + -result);
            assertEquals(0, result, "a filter for " + call);
        }
    }

    private static boolean isKnownArchitecture() {
        String architecture = System.getProperty("os.arch");
        return architecture.equals("amd64") || architecture.equals("aarch64");
    }

    /** From now on that thread of this process gets a signal again and again; the handler has no SA_RESTART. */
    static void signal(int thread, int everyMicros) {
        assertEquals(0, (int) call(SIGNAL, thread, everyMicros));
    }

    /** How many signals the thread has handled so far. */
    static int signals() {
        return (int) call(SIGNALS);
    }

    /** Ends the signals. */
    static void endSignals() {
        call(SIGNALS_END);
    }

    /** Puts a handler, 0 to 2, over what handles a signal. The handler calls what it has replaced. */
    static void handle(int which, int signal) {
        assertEquals(0, (int) call(HANDLE, which, signal));
    }

    /** How often that handler was called. */
    static int handled(int which) {
        return (int) call(HANDLED, which);
    }

    /** Sends a signal to this thread, whose handlers run before the return. */
    static void raise(int signal) {
        assertEquals(0, (int) call(RAISE, signal));
    }

    /** Moves the wall clock of a JVM that preloads the library. */
    static void jump(long seconds) {
        call(JUMP, seconds);
    }

    /** Whether each start of a thread fails from now on, in a JVM that preloads the library. */
    static void refuseThreads(boolean refuse) {
        call(REFUSE_THREADS, refuse ? 1 : 0);
    }

    /** How many threads were refused so far. */
    static int refusedThreads() {
        return (int) call(REFUSED_THREADS);
    }
}
