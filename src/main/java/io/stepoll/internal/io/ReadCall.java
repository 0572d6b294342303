package io.stepoll.internal.io;

import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Sockets;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** recv(2) into a buffer, and read(2) on what is no socket. What a read says of the rest goes to the registration. */
final class ReadCall extends Operation<ByteBuffer> {
    static final ReadCall PLAIN = new ReadCall(0);

    private static final CallsByFlags<ReadCall> WITH_FLAGS = new CallsByFlags<>(ReadCall::new);

    /** With these a call writes as many bytes as it says. */
    private static final int COUNTING_FLAGS = Sockets.MSG_DONTWAIT | Sockets.MSG_PEEK;

    private final int flags;

    private ReadCall(int flags) {
        super((flags & Sockets.MSG_PEEK) == 0 ? Flow.IN : Flow.NONE);
        this.flags = flags;
    }

    /** The call with these flags of recv(2). */
    static ReadCall with(int flags) {
        return WITH_FLAGS.with(flags);
    }

    @Override
    long attempt(OpenDescriptor socket, ByteBuffer target) {
        long remaining = Remaining.some(target);
        long address = socket.io.transfer.target(target, remaining, socket);
        if (address == DirectAddress.NONE) {
            return copied(socket, target, remaining);
        }
        int length = Remaining.length(remaining);
        int result = receive(socket, address, length);
        Reference.reachabilityFence(target);
        if (result > 0) {
            Remaining.advance(target, remaining, Math.min(result, length)); // MSG_TRUNC gives the datagram's length
        }
        return result;
    }

    /** By the loop's memory. */
    private int copied(OpenDescriptor socket, ByteBuffer target, long remaining) {
        int fault = CheckedCopy.probe(target, remaining);
        if (fault < 0) {
            return fault;
        }
        Transfer transfer = socket.io.transfer;
        int room = Remaining.length(remaining);
        int length = Transfer.part(room);
        if (length < room && socket.kind().keepsMessages(socket.fd())) {
            int message = Sockets.recv(socket.fd(), 0, 0,
                    Sockets.MSG_PEEK | Datagrams.MSG_TRUNC | Sockets.MSG_DONTWAIT);
            if (message > length) { // longer than the loop's memory for transfers
                ByteBuffer whole = ByteBuffer.allocateDirect(Math.min(room, message));
                int result = receive(socket, DirectAddress.ofOwn(whole), whole.capacity());
                return put(result, whole, target, remaining);
            }
        }
        if ((flags & ~COUNTING_FLAGS) != 0) {
            transfer.erase(length);
        }
        int result = receive(socket, transfer.copyAddress, length);
        return put(result, transfer.copy, target, remaining);
    }

    /** Puts what came into the target. Returns the result, or {@code -errno}. */
    private static int put(int result, ByteBuffer memory, ByteBuffer target, long remaining) {
        if (result <= 0) {
            return result;
        }
        int count = Math.min(result, Math.min(memory.capacity(), Remaining.length(remaining)));
        int fault = CheckedCopy.into(target, remaining, count, memory, 0);
        if (fault < 0) {
            return fault;
        }
        Remaining.advance(target, remaining, count);
        return result;
    }

    private int receive(OpenDescriptor socket, long address, int length) {
        int result;
        boolean empties = flags == 0 && socket.kind().isEmptiedByShortRead();
        if (socket.kind() == DescriptorKind.UNIX) {
            long answer = Sockets.recvmsg(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
            result = (int) answer;
            empties &= (answer >>> Integer.SIZE & Sockets.MSG_CTRUNC) == 0;
        } else {
            result = socket.kind() == DescriptorKind.FILE && (flags & ~Sockets.MSG_DONTWAIT) == 0
                    ? FileCalls.read(socket, address, length)
                    : Sockets.recv(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
        }
        if (result > 0 && empties && result < length) {
            socket.registration().readShort();
        }
        return result;
    }
}
