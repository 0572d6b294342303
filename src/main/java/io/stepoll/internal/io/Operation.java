package io.stepoll.internal.io;

/**
 * One kind of system call on a descriptor, for {@link BlockingCall}. It has no state of its own: what a call is about
 * is its argument.
 *
 * @param <A> the argument
 */
abstract class Operation<A> {
    /** Makes the system call once, without waiting in it. Returns its result, or {@code -errno}. */
    abstract long attempt(OpenDescriptor descriptor, A argument);

    /** Whether nothing is left to do after a call that has succeeded. */
    boolean isDone(A argument) {
        return true;
    }
}
