package io.stepoll.faults;

import static io.stepoll.support.NativeFunctions.call;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.stepoll.internal.sys.Errno;
import io.stepoll.support.NativeFunctions;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The faults that the fault build of the shim, src/test/c/faults.c, puts into system calls, and the rules for that. */
enum Fault {
    /** No fault: such a rule only counts calls. */
    NONE(0),
    /** The call moves fewer bytes, messages or events than it could. */
    SHORT(-1),
    /** Of the descriptors that a peer has passed only one is kept. */
    CUT_OFF(-2),
    /** epoll reports an event for a descriptor that is not ready. */
    SPURIOUS_EVENT(-3),
    EINTR(Errno.EINTR),
    EAGAIN(Errno.EAGAIN),
    EPERM(Errno.EPERM),
    ENOMEM(Errno.ENOMEM),
    EACCES(Errno.EACCES),
    ENFILE(Errno.ENFILE),
    EMFILE(Errno.EMFILE),
    ENOSPC(28),
    EROFS(30),
    ENOLCK(37),
    EPROTO(Errno.EPROTO),
    ENONET(64),
    ENOPROTOOPT(Errno.ENOPROTOOPT),
    ENETDOWN(100),
    ENETUNREACH(Errno.ENETUNREACH),
    ECONNABORTED(Errno.ECONNABORTED),
    ENOBUFS(Errno.ENOBUFS),
    EHOSTDOWN(112),
    EHOSTUNREACH(Errno.EHOSTUNREACH);

    /** In a rule: calls on any descriptor. */
    static final int ANY = -1;

    private static final NativeFunctions SHIM =
            new NativeFunctions(Path.of(System.getProperty("stepoll.library")), "stepoll_faults_");
    private static final MethodHandle CLEAR = SHIM.find("clear", null);
    private static final MethodHandle RULE = SHIM.find("rule", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT,
            JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SEEN = SHIM.find("seen", JAVA_INT, JAVA_INT);
    private static final MethodHandle GIVEN = SHIM.find("given", JAVA_INT, JAVA_INT);
    private static final MethodHandle STORM = SHIM.find("storm", null, JAVA_LONG, JAVA_INT);
    private static final MethodHandle STORMED = SHIM.find("stormed", JAVA_INT);

    private final int code;

    Fault(int code) {
        this.code = code;
    }

    int errno() {
        return code;
    }

    /** A rule of the shim, by its number. */
    record Rule(int number) {
        /** How many calls the rule has matched. */
        int calls() {
            return (int) call(SEEN, number);
        }

        /** How many of these calls got the fault. */
        int hits() {
            return (int) call(GIVEN, number);
        }
    }

    /** Counts the calls from now on. */
    static Rule count(String call, int fd) {
        return NONE.on(call, fd, 0, 1, 0);
    }

    /** Puts the fault into the first calls, so many times. */
    Rule first(int times, String call, int fd) {
        return on(call, fd, 0, 1, times);
    }

    /** As {@link #on(String, int, int, int, int, int)}; a short call moves one byte or message. */
    Rule on(String call, int fd, int after, int every, int times) {
        return on(call, fd, 1, after, every, times);
    }

    /**
     * Puts the fault into calls from now on.
     *
     * @param call the system call
     * @param fd on which descriptor, or {@link #ANY}
     * @param most of SHORT: how many bytes or messages the call moves at most; of SPURIOUS_EVENT: the descriptor of the
     *     event
     * @param after how many calls are spared first
     * @param every after these, each so-manieth call gets the fault
     * @param times how many calls get it at most
     */
    Rule on(String call, int fd, int most, int after, int every, int times) {
        try (Arena arena = Arena.ofConfined()) {
            int number = (int) call(RULE, arena.allocateFrom(call), fd, code, most, after, every, times);
            if (number < 0) {
                throw new AssertionError("too many rules");
            }
            return new Rule(number);
        }
    }

    /** Drops all rules, and ends the storm. */
    static void clear() {
        call(CLEAR);
    }

    /** From now on any call may get a fault, of the kinds that no caller of the library may notice. */
    static void storm(long seed, int perMille) {
        call(STORM, seed, perMille);
    }

    /** How many calls the storm has hit. */
    static int stormed() {
        return (int) call(STORMED);
    }
}
