package io.stepoll;

/**
 * What readiness of a descriptor a system call needs.
 *
 * @since 0.1.0
 */
public enum Interest {
    /** The call needs something to read or to accept. */
    READ,
    /** The call needs room to write. */
    WRITE
}
