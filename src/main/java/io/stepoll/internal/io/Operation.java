package io.stepoll.internal.io;

/**
 * One kind of system call on a descriptor, for {@link BlockingCall}. It has no state of its own: what a call is about
 * is its argument.
 *
 * @param <A> the argument
 */
abstract class Operation<A> {
    /** What a result above 0 says. */
    enum Flow {
        /** No number of bytes. */
        NONE,
        /** No number of bytes, and the call is neither a read nor a write, whatever readiness it needs. */
        CONNECT,
        /** So many bytes were read. */
        IN,
        /** So many bytes were written. */
        OUT
    }

    final Flow flow;

    Operation(Flow flow) {
        this.flow = flow;
    }

    /** Makes the system call once, without waiting in it. Returns its result, or {@code -errno}. */
    abstract long attempt(OpenDescriptor descriptor, A argument);

    /** Whether nothing is left to do after a call that has succeeded. */
    boolean isDone(A argument) {
        return true;
    }
}
