package io.stepoll.internal.poll;

/** Waits for a descriptor to become ready. The loop's thread calls the waiter. */
public interface Waiter {
    /** The descriptor is ready, hung up or in error, as the epoll events say. The wake phase resumes the waiter. */
    void ready(int events);

    /** The descriptor was taken off the loop. No poll reports anything about it any more. */
    void abandoned();

    /** A waiting writer is to try, or to try again, although no poll has reported that there is room. */
    void retryWrite();
}
