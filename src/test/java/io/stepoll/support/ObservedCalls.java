package io.stepoll.support;

import static io.stepoll.support.NativeFunctions.call;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The system calls of the shim on chosen threads, as src/test/c/observed.c sees them in the fault build: how many there
 * were, and which of them waited in the kernel.
 */
public final class ObservedCalls {
    private static final int CAPACITY = 4096;

    private static final NativeFunctions SHIM =
            new NativeFunctions(Path.of(System.getProperty("stepoll.library")), "stepoll_");
    private static final MethodHandle OBSERVE = SHIM.find("observe", null, JAVA_INT);
    private static final MethodHandle CLEAR = SHIM.find("observed_clear", null);
    private static final MethodHandle CALLS = SHIM.find("observed_calls", JAVA_INT);
    private static final MethodHandle SLEEPS = SHIM.find("observed_sleeps", JAVA_INT);
    private static final MethodHandle WAITS = SHIM.find("observed_waits", JAVA_INT, ADDRESS, JAVA_INT);

    private ObservedCalls() {}

    /** From now on this OS thread is observed; in a task, that is the loop's thread. */
    public static void begin() {
        call(OBSERVE, 1);
    }

    /** This OS thread is not observed any more. */
    public static void end() {
        call(OBSERVE, 0);
    }

    /** Forgets all calls so far. */
    public static void clear() {
        call(CLEAR);
    }

    /** How many calls there were. */
    public static int calls() {
        return (int) call(CALLS);
    }

    /** How many of the calls were polls that may sleep. All others must not wait. */
    public static int sleeps() {
        return (int) call(SLEEPS);
    }

    /** The calls that waited and must not, a line each; empty for none. */
    public static String waits() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(CAPACITY);
            int waits = (int) call(WAITS, text, CAPACITY);
            return waits == 0 ? "" : waits + " calls waited:\n" + text.getString(0);
        }
    }
}
