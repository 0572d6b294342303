package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.Interest;
import io.stepoll.SystemCall;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Passing;
import io.stepoll.internal.sys.Scratch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/** Sends and receives messages with descriptors in them. The bytes are copied, as such messages are few. */
final class DescriptorPassing {
    /** In place of a deadline: the call does not wait, and returns {@link Descriptor#WOULD_BLOCK} instead. */
    static final long NOW = Long.MIN_VALUE;

    private static final int MOST_BYTES = 1 << 16;

    private DescriptorPassing() {}

    /** On a stream: sends as many bytes as one call takes, and returns how many. */
    static int send(Descriptor socket, ByteBuffer source, int[] descriptors, long deadlineNanos) throws IOException {
        if (!source.hasRemaining()) {
            throw new IllegalArgumentException("descriptors go with at least one byte");
        }
        return send(socket, source, Math.min(source.remaining(), MOST_BYTES), descriptors, deadlineNanos);
    }

    /** Sends all that remains, even if that is nothing, as one record. */
    static int sendRecord(Descriptor socket, ByteBuffer source, int[] descriptors, long deadlineNanos)
            throws IOException {
        return send(socket, source, source.remaining(), descriptors, deadlineNanos);
    }

    private static int send(Descriptor socket, ByteBuffer source, int length, int[] descriptors, long deadlineNanos)
            throws IOException {
        if (descriptors.length == 0 || descriptors.length > Passing.MOST) {
            throw new IllegalArgumentException(
                    "one message passes 1 to " + Passing.MOST + " descriptors, not " + descriptors.length);
        }
        LoopDescriptor descriptor = LoopDescriptor.of(socket);
        try (Scratch bytes = new Scratch(length); Scratch numbers = new Scratch(Passing.MOST * Integer.BYTES)) {
            bytes.buffer().put(0, source, source.position(), length);
            numbers.buffer().asIntBuffer().put(descriptors);
            int sent = (int) perform(descriptor, Interest.WRITE, "sendmsg",
                    fd -> Passing.send(fd, bytes.address(), length, numbers.address(), descriptors.length),
                    deadlineNanos);
            if (sent == Descriptor.WOULD_BLOCK) {
                return sent;
            }
            source.position(source.position() + sent);
            for (int passed : descriptors) {
                descriptor.owner().shareIfHere(passed);
            }
            return sent;
        }
    }

    /** On a stream: returns how many bytes came; -1 at the end; 0 if nothing remains in the target. */
    static int receive(Descriptor socket, ByteBuffer target, IntConsumer passed, long deadlineNanos)
            throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        int room = Math.min(target.remaining(), MOST_BYTES);
        int received = (int) receive(socket, target, room, 0, passed, deadlineNanos); // WOULD_BLOCK fits, too
        return received == 0 ? -1 : received;
    }

    /**
     * Receives a record. In the low half of the result is the record's own length, in the high half what
     * {@link Passing#recv} says.
     */
    static long receiveRecord(Descriptor socket, ByteBuffer target, IntConsumer passed, long deadlineNanos)
            throws IOException {
        return receive(socket, target, target.remaining(), Datagrams.MSG_TRUNC, passed, deadlineNanos);
    }

    private static long receive(Descriptor socket, ByteBuffer target, int room, int flags, IntConsumer passed,
            long deadlineNanos) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("receive into a read-only buffer");
        }
        try (Scratch bytes = new Scratch(room); Scratch numbers = new Scratch(Passing.MOST * Integer.BYTES)) {
            long result = perform(LoopDescriptor.of(socket), Interest.READ, "recvmsg",
                    fd -> Passing.recv(fd, bytes.address(), room, flags, numbers.address()), deadlineNanos);
            if (result == Descriptor.WOULD_BLOCK) {
                return result;
            }
            target.put(bytes.buffer().limit(Math.min((int) result, room)));
            int countAndMarks = (int) (result >>> Integer.SIZE);
            int count = countAndMarks & ~Passing.CUT_OFF & ~Passing.CONTROL;
            if ((countAndMarks & Passing.CUT_OFF) != 0) {
                close(numbers, 0, count);
                throw new IOException("more descriptors were passed than there was room for, or than this process may"
                        + " have; none of them is kept");
            }
            handOver(numbers, count, passed);
            return result;
        }
    }

    private static long perform(LoopDescriptor socket, Interest interest, String name, SystemCall call,
            long deadlineNanos) throws IOException {
        return deadlineNanos == NOW ? socket.tryPerform(interest, name, call)
                : socket.perform(interest, name, call, deadlineNanos);
    }

    /**
     * A number that the receiver was called with is the receiver's, whatever the receiver throws. Closes the others.
     */
    private static void handOver(Scratch numbers, int count, IntConsumer passed) {
        int given = 0;
        try {
            while (given < count) {
                passed.accept(numbers.getInt(given++));
            }
        } finally {
            close(numbers, given, count);
        }
    }

    private static void close(Scratch numbers, int from, int to) {
        for (int i = from; i < to; i++) {
            Descriptors.close(numbers.getInt(i));
        }
    }
}
