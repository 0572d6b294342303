package io.stepoll.internal.io;

/** What the loop keeps of a socket that listens, and of no other: there are few of these, and many connections. */
final class Listening {
    /** How many calls in a row have failed with the error of a connection. AcceptCall keeps this. */
    int passedOver;

    /** Whether the failure handler knows that the calls keep failing. AcceptCall keeps this. */
    boolean reportedRefusal;

    /** The kind of the connections; null before the first. Accepting keeps this. */
    DescriptorKind connectionKind;

    /** Whether the close of a connection may wait. */
    boolean connectionsCloseMayWait;
}
