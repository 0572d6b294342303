package io.stepoll.net;

import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Passing;
import io.stepoll.internal.sys.Sockets;
import java.nio.ByteBuffer;

/** One seqpacket socket's native memory for records. */
final class RecordTransfer extends DatagramTransfer {
    RecordTransfer() {
        super(Sockets.AF_UNIX);
    }

    /** Tells by {@link Passing#CONTROL} a record without bytes from the end, which recvfrom(2) cannot. */
    @Override
    long call(int fd, long address, int room) {
        return Passing.recv(fd, address, room, Datagrams.MSG_TRUNC, 0);
    }

    /** The record's own length, however much had room, of what {@link #receive} returned; -1 for the end. */
    static int length(long received) {
        int length = (int) received;
        return length == 0 && (received >>> Integer.SIZE & Passing.CONTROL) == 0 ? -1 : length;
    }

    /** One call, to the peer. */
    int send(int fd, ByteBuffer source) {
        return send(fd, source, null);
    }
}
