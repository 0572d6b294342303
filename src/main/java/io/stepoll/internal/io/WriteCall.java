package io.stepoll.internal.io;

import io.stepoll.internal.sys.Sockets;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** send(2) from a buffer, and write(2) on what is no socket. */
final class WriteCall extends Operation<ByteBuffer> {
    static final WriteCall PLAIN = new WriteCall(0);

    private static final CallsByFlags<WriteCall> WITH_FLAGS = new CallsByFlags<>(WriteCall::new);

    private final int flags;

    private WriteCall(int flags) {
        super(Flow.OUT);
        this.flags = flags;
    }

    /** The call with these flags of send(2). */
    static WriteCall with(int flags) {
        return WITH_FLAGS.with(flags);
    }

    @Override
    boolean isDone(ByteBuffer source) {
        return !source.hasRemaining();
    }

    @Override
    long attempt(OpenDescriptor socket, ByteBuffer source) {
        long remaining = Remaining.some(source);
        long address = socket.io.transfer.source(source, remaining, socket);
        int result;
        if (address == DirectAddress.NONE) {
            result = copied(socket, source, remaining);
        } else {
            result = transmit(socket, address, Remaining.length(remaining));
            Reference.reachabilityFence(source);
        }
        if (result > 0) {
            Remaining.advance(source, remaining, result);
        }
        return result;
    }

    /** By the loop's memory. */
    private int copied(OpenDescriptor socket, ByteBuffer source, long remaining) {
        int all = Remaining.length(remaining);
        int length = Transfer.part(all);
        ByteBuffer memory = socket.io.transfer.copy;
        long address = socket.io.transfer.copyAddress;
        if (length < all && socket.kind().keepsMessages(socket.fd())) {
            length = all;
            memory = ByteBuffer.allocateDirect(all);
            address = DirectAddress.ofOwn(memory);
        }
        int fault = CheckedCopy.from(source, remaining, length, memory, 0);
        if (fault < 0) {
            return fault;
        }
        int result = transmit(socket, address, length);
        Reference.reachabilityFence(memory);
        return result;
    }

    private int transmit(OpenDescriptor socket, long address, int length) {
        int result = socket.kind() == DescriptorKind.FILE && (flags & ~Sockets.MSG_DONTWAIT) == 0
                ? FileCalls.write(socket, address, length)
                : Sockets.send(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
        socket.wroteShort = result < length;
        return result;
    }
}
