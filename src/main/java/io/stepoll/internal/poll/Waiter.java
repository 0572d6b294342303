package io.stepoll.internal.poll;

/** Whoever waits for a descriptor to be ready. It is called by the loop's thread, within the poll. */
public interface Waiter {
    /** The descriptor is ready, hung up or in error, as the epoll events tell. To be resumed in the wake phase. */
    void ready(int events);

    /** The descriptor was taken from the loop; nothing will be reported any more. */
    void abandoned();

    /** Who waits to write is to try again at its next turn, although no poll has said that there is room. */
    void retryWrite();
}
