package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.Interest;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.Remaining;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.IntConsumer;

/** Moves the records of one seqpacket socket. */
public final class RecordTransport implements PassingTransport {
    private final RecordMemory memory = new RecordMemory();
    private final Truncation truncation;

    /**
     * Prepares a socket: each record comes with its time from now on. Nobody reads the time, but the end comes without
     * one, and so differs from an empty record.
     */
    public RecordTransport(Descriptor socket, Truncation truncation) throws IOException {
        this.truncation = truncation;
        int fd = socket.fd();
        int result = Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TIMESTAMP, 1);
        if (result < 0) {
            throw SystemCallFailures.of("setsockopt", -result, AddressText.of(fd));
        }
    }

    @Override
    public int read(Descriptor socket, ByteBuffer target, long deadlineNanos) throws IOException {
        long remaining = checkedRoom(target);
        LoopDescriptor descriptor = LoopDescriptor.of(socket);
        return received(descriptor, descriptor.perform(Interest.READ, "recvmsg",
                fd -> memory.receive(fd, target, remaining), deadlineNanos), remaining);
    }

    @Override
    public int tryRead(Descriptor socket, ByteBuffer target) throws IOException {
        long remaining = checkedRoom(target);
        return received(LoopDescriptor.of(socket),
                socket.tryPerform(Interest.READ, "recvmsg", fd -> memory.receive(fd, target, remaining)), remaining);
    }

    @Override
    public int write(Descriptor socket, ByteBuffer source, long deadlineNanos) throws IOException {
        Objects.requireNonNull(source, "source");
        long remaining = Remaining.of(source);
        LoopDescriptor descriptor = LoopDescriptor.of(socket);
        return sent(descriptor, descriptor.perform(Interest.WRITE, "send",
                fd -> memory.send(fd, source, remaining), deadlineNanos));
    }

    @Override
    public int tryWrite(Descriptor socket, ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        long remaining = Remaining.of(source);
        return sent(LoopDescriptor.of(socket),
                socket.tryPerform(Interest.WRITE, "send", fd -> memory.send(fd, source, remaining)));
    }

    private static int sent(LoopDescriptor socket, long result) {
        if (result > 0) {
            socket.sent(result);
        }
        return (int) result;
    }

    @Override
    public int readPassed(Descriptor socket, ByteBuffer target, IntConsumer passed, long deadlineNanos)
            throws IOException {
        long remaining = checkedRoom(target);
        LoopDescriptor.of(socket).takePassed();
        return length(DescriptorPassing.receiveRecord(socket, target, remaining, passed, deadlineNanos), remaining);
    }

    @Override
    public int tryReadPassed(Descriptor socket, ByteBuffer target, IntConsumer passed) throws IOException {
        return readPassed(socket, target, passed, DescriptorPassing.NOW);
    }

    @Override
    public int writePassing(Descriptor socket, ByteBuffer source, int[] descriptors, long deadlineNanos)
            throws IOException {
        return DescriptorPassing.sendRecord(socket, source, descriptors, deadlineNanos);
    }

    @Override
    public int tryWritePassing(Descriptor socket, ByteBuffer source, int[] descriptors) throws IOException {
        return DescriptorPassing.sendRecord(socket, source, descriptors, DescriptorPassing.NOW);
    }

    private static long checkedRoom(ByteBuffer target) {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("read into a read-only buffer");
        }
        return Remaining.of(target);
    }

    private int received(LoopDescriptor socket, long received, long remaining) throws IOException {
        if (received >= 0) {
            int length = (int) received; // the low half
            socket.received(length);
        }
        return length(received, remaining);
    }

    /** The record's length; -1 at the end; {@link Descriptor#WOULD_BLOCK} as it is. */
    private int length(long received, long remaining) throws IOException {
        if (received == Descriptor.WOULD_BLOCK) {
            return Descriptor.WOULD_BLOCK;
        }
        int length = RecordMemory.length(received);
        int room = Remaining.length(remaining);
        if (length > room) {
            throw truncation.of(length, room, null);
        }
        return length;
    }
}
