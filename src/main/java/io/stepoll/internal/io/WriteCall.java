package io.stepoll.internal.io;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Sockets;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** send(2) from a buffer, and write(2) on what is no socket. */
final class WriteCall extends Operation<ByteBuffer> {
    static final WriteCall PLAIN = new WriteCall(0);

    private static final CallsByFlags<WriteCall> WITH_FLAGS = new CallsByFlags<>(WriteCall::new);

    private final int flags;

    private WriteCall(int flags) {
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
        int length = Transfer.length(source);
        if (length < source.remaining() && socket.kind().keepsMessages(socket.fd())) {
            ByteBuffer whole = ByteBuffer.allocateDirect(source.remaining()).put(source.duplicate()).flip();
            int result = transmit(socket, whole, whole.remaining());
            source.position(source.position() + Math.max(0, result));
            return result;
        }
        int result = transmit(socket, source, length);
        if (result > 0) {
            source.position(source.position() + result);
        }
        return result;
    }

    private int transmit(OpenDescriptor socket, ByteBuffer source, int length) {
        long address = socket.io.transfer.source(source, length, socket);
        int result = socket.kind() == DescriptorKind.FILE && (flags & ~Sockets.MSG_DONTWAIT) == 0
                ? Descriptors.write(socket.fd(), address, length)
                : Sockets.send(socket.fd(), address, length, flags | Sockets.MSG_DONTWAIT);
        Reference.reachabilityFence(source);
        socket.wroteShort = result < length;
        return result;
    }
}
