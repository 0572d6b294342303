package io.stepoll.internal.io;

import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Sockets;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** recv(2) into a buffer, and read(2) on what is no socket. What a read says of the rest goes to the registration. */
final class ReadCall extends Operation<ByteBuffer> {
    static final ReadCall PLAIN = new ReadCall(0);

    private static final CallsByFlags<ReadCall> WITH_FLAGS = new CallsByFlags<>(ReadCall::new);

    private final int flags;

    private ReadCall(int flags) {
        this.flags = flags;
    }

    /** The call with these flags of recv(2). */
    static ReadCall with(int flags) {
        return WITH_FLAGS.with(flags);
    }

    @Override
    long attempt(OpenDescriptor socket, ByteBuffer target) {
        int length = Transfer.length(target);
        if (length < target.remaining() && socket.kind().keepsMessages(socket.fd())) {
            int message = Sockets.recv(socket.fd(), 0, 0,
                    Sockets.MSG_PEEK | Datagrams.MSG_TRUNC | Sockets.MSG_DONTWAIT);
            if (message > length) { // longer than the loop's memory for transfers
                ByteBuffer whole = ByteBuffer.allocateDirect(Math.min(target.remaining(), message));
                long result = receive(socket, whole, whole.remaining());
                target.put(whole.flip());
                return result;
            }
        }
        return receive(socket, target, length);
    }

    private long receive(OpenDescriptor socket, ByteBuffer target, int length) {
        Transfer transfer = socket.io.transfer;
        long address = transfer.target(target, socket);
        int result;
        boolean empties = flags == 0 && socket.kind().isEmptiedByShortRead();
        if (socket.kind() == DescriptorKind.UNIX) {
            long answer = Sockets.recvmsg(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
            result = (int) answer;
            empties &= (answer >>> Integer.SIZE & Sockets.MSG_CTRUNC) == 0;
        } else {
            result = socket.kind() == DescriptorKind.FILE && (flags & ~Sockets.MSG_DONTWAIT) == 0
                    ? Descriptors.read(socket.fd(), address, length)
                    : Sockets.recv(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
        }
        Reference.reachabilityFence(target);
        if (result > 0) {
            transfer.received(target, Math.min(result, length)); // with MSG_TRUNC the result is the datagram's length
            if (empties && result < length) {
                socket.registration().readShort();
            }
        }
        return result;
    }
}
