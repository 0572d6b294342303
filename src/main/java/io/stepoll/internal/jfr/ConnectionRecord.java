package io.stepoll.internal.jfr;

/** The record of a connection that has begun. */
public interface ConnectionRecord {
    /** Whether the record will be kept. Asked when the connection has ended, before what follows is made. */
    boolean isWanted();

    /** The connection has ended, after so many bytes. */
    void ends(String loop, String peer, long bytesIn, long bytesOut);
}
