package io.stepoll;

/** What the wake phase runs: a task that waited for a descriptor, or the handler of one. */
interface Wakeable {
    /** To be woken, if it still waits what had this number when the poll told of it. */
    void wake(long sequence);
}
