package io.stepoll;

/** A system call on a descriptor, for {@link Descriptor#read} and {@link Descriptor#write}. */
@FunctionalInterface
public interface Attempt {
    /**
     * Makes the call once, without waiting in it.
     *
     * @param fd the number of the descriptor
     * @return its result, or {@code -errno}; EAGAIN is waited out, EINTR is tried again
     */
    long call(int fd);
}
