package io.stepoll.internal.net;

import io.stepoll.internal.io.Remaining;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Passing;
import io.stepoll.internal.sys.Sockets;
import java.nio.ByteBuffer;

/** The native memory of one seqpacket socket for records. */
final class RecordMemory extends DatagramMemory {
    RecordMemory() {
        super(Sockets.AF_UNIX);
    }

    /** By {@link Passing#CONTROL} a record without bytes differs from the end, which recvfrom(2) does not show. */
    @Override
    long call(int fd, long address, int room) {
        return Passing.recv(fd, address, room, Datagrams.MSG_TRUNC, 0);
    }

    /**
     * Of a result of {@link #receive}: the record's own length, more than had room in a short buffer; -1 at the end.
     */
    static int length(long received) {
        int length = (int) received;
        return length == 0 && (received >>> Integer.SIZE & Passing.CONTROL) == 0 ? -1 : length;
    }

    /** Sends all that {@link Remaining remained} at the begin by one call, to the other end. */
    int send(int fd, ByteBuffer source, long remaining) {
        return send(fd, source, remaining, null);
    }
}
