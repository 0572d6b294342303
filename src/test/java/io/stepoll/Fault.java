package io.stepoll;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.stepoll.internal.sys.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** What the fault build of the shim, src/test/c/faults.c, can do to a system call; and by which rules it does. */
enum Fault {
    /** None: such a rule only counts. */
    NONE(0),
    /** Fewer bytes or messages than there are. */
    SHORT(-1),
    /** Of the descriptors that were passed only one is kept. */
    CUT_OFF(-2),
    /** An event for a descriptor that is not ready. */
    SPURIOUS_EVENT(-3),
    EINTR(Errno.EINTR),
    EAGAIN(Errno.EAGAIN),
    EPERM(Errno.EPERM),
    ENOMEM(Errno.ENOMEM),
    ENFILE(Errno.ENFILE),
    EMFILE(Errno.EMFILE),
    ENOSPC(28),
    EPROTO(Errno.EPROTO),
    ENONET(64),
    ENOPROTOOPT(Errno.ENOPROTOOPT),
    ENETDOWN(100),
    ENETUNREACH(Errno.ENETUNREACH),
    ECONNABORTED(Errno.ECONNABORTED),
    ENOBUFS(Errno.ENOBUFS),
    EHOSTDOWN(112),
    EHOSTUNREACH(Errno.EHOSTUNREACH);

    /** For a rule: whatever the descriptor is. */
    static final int ANY = -1;

    @SuppressWarnings("restricted")
    private static final SymbolLookup SHIM =
            SymbolLookup.libraryLookup(Path.of(System.getProperty("stepoll.library")), Arena.global());
    private static final MethodHandle CLEAR = function("clear", null);
    private static final MethodHandle RULE = function("rule", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT,
            JAVA_INT, JAVA_INT);
    private static final MethodHandle SEEN = function("seen", JAVA_INT, JAVA_INT);
    private static final MethodHandle GIVEN = function("given", JAVA_INT, JAVA_INT);
    private static final MethodHandle STORM = function("storm", null, JAVA_LONG, JAVA_INT);
    private static final MethodHandle STORMED = function("stormed", JAVA_INT);

    private final int code;

    Fault(int code) {
        this.code = code;
    }

    /** Whether an errno is all that it is. */
    boolean isErrno() {
        return code > 0;
    }

    int errno() {
        return code;
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(SHIM.findOrThrow("stepoll_faults_" + name), result == null
                ? FunctionDescriptor.ofVoid(parameters) : FunctionDescriptor.of(result, parameters));
    }

    private static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** A rule of the shim's, by its number. */
    record Rule(int number) {
        /** How many calls it was about. */
        int seen() {
            return (int) Fault.call(SEEN, number);
        }

        /** How many of them it spoiled. */
        int given() {
            return (int) Fault.call(GIVEN, number);
        }
    }

    /** Counts calls from here on. */
    static Rule count(String call, int fd) {
        return NONE.on(call, fd, 0, 1, 0);
    }

    /** Spoils the first so many calls. */
    Rule first(int times, String call, int fd) {
        return on(call, fd, 0, 1, times);
    }

    /** Spares the first calls, then spoils each so-manieth, up to so many times. One that is short moves one byte. */
    Rule on(String call, int fd, int after, int every, int times) {
        return on(call, fd, 1, after, every, times);
    }

    /** Which moves at most so many bytes or messages; or whose event is for that descriptor. */
    Rule on(String call, int fd, int most, int after, int every, int times) {
        try (Arena arena = Arena.ofConfined()) {
            int number = (int) call(RULE, arena.allocateFrom(call), fd, code, most, after, every, times);
            if (number < 0) {
                throw new AssertionError("too many rules");
            }
            return new Rule(number);
        }
    }

    /** No rules, and no storm. */
    static void clear() {
        call(CLEAR);
    }

    /** From here on any call may be spoiled in a way that nobody is to notice. */
    static void storm(long seed, int perMille) {
        call(STORM, seed, perMille);
    }

    /** How many calls the storm has spoiled. */
    static int stormed() {
        return (int) call(STORMED);
    }
}
