package io.stepoll;

/**
 * A system call on a descriptor, for {@link Descriptor#perform}.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SystemCall {
    /**
     * Makes the call once. The call itself must not wait.
     *
     * @param fd the number of the descriptor
     * @return the result of the call, or {@code -errno}; after EAGAIN the caller waits, after EINTR it calls again
     */
    long call(int fd);
}
