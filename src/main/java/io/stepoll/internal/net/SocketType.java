package io.stepoll.internal.net;

import io.stepoll.internal.sys.Sockets;

/** The types of sockets, as socket(2) has them. */
public enum SocketType {
    STREAM(Sockets.SOCK_STREAM),
    DATAGRAM(Sockets.SOCK_DGRAM),
    SEQPACKET(Sockets.SOCK_SEQPACKET);

    final int number;

    SocketType(int number) {
        this.number = number;
    }
}
