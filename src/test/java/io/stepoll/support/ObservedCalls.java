package io.stepoll.support;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The system calls of the shim on chosen threads, as src/test/c/observed.c sees them in the fault build: how many there
 * were, and which of them waited in the kernel.
 */
public final class ObservedCalls {
    private static final int CAPACITY = 4096;

    @SuppressWarnings("restricted")
    private static final SymbolLookup SHIM =
            SymbolLookup.libraryLookup(Path.of(System.getProperty("stepoll.library")), Arena.global());
    private static final MethodHandle OBSERVE = function("observe", null, JAVA_INT);
    private static final MethodHandle CLEAR = function("observed_clear", null);
    private static final MethodHandle CALLS = function("observed_calls", JAVA_INT);
    private static final MethodHandle SLEEPS = function("observed_sleeps", JAVA_INT);
    private static final MethodHandle WAITS = function("observed_waits", JAVA_INT, ADDRESS, JAVA_INT);

    private ObservedCalls() {}

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(SHIM.findOrThrow("stepoll_" + name), result == null
                ? FunctionDescriptor.ofVoid(parameters) : FunctionDescriptor.of(result, parameters));
    }

    private static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

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
