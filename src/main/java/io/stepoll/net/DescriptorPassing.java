package io.stepoll.net;

import io.stepoll.Attempt;
import io.stepoll.Descriptor;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Passing;
import io.stepoll.internal.sys.Scratch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/** Messages with descriptors in them, by a copy of the bytes: they are few. */
final class DescriptorPassing {
    /** As a deadline: nobody waits. */
    static final long NOW = Long.MIN_VALUE;

    private static final int MOST_BYTES = 1 << 16;

    private DescriptorPassing() {}

    /** Of a stream: as much as one call takes; {@link Descriptor#WOULD_BLOCK} for nothing now. */
    static int send(Descriptor socket, ByteBuffer source, int[] descriptors, long deadlineNanos) throws IOException {
        if (!source.hasRemaining()) {
            throw new IllegalArgumentException("descriptors go with at least one byte");
        }
        return send(socket, source, Math.min(source.remaining(), MOST_BYTES), descriptors, deadlineNanos);
    }

    /** All that remains, even if it is nothing, as one record; {@link Descriptor#WOULD_BLOCK} for nothing now. */
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
        try (Scratch bytes = new Scratch(length); Scratch numbers = new Scratch(Passing.MOST * Integer.BYTES)) {
            bytes.buffer().put(0, source, source.position(), length);
            numbers.buffer().asIntBuffer().put(descriptors);
            Attempt attempt = fd -> Passing.send(fd, bytes.address(), length, numbers.address(), descriptors.length);
            int sent = (int) (deadlineNanos == NOW ? socket.writeNow("sendmsg", attempt)
                    : socket.write("sendmsg", deadlineNanos, attempt));
            if (sent == Descriptor.WOULD_BLOCK) {
                return sent;
            }
            source.position(source.position() + sent);
            for (int passed : descriptors) {
                socket.loop().share(passed);
            }
            return sent;
        }
    }

    /** Of a stream. Returns how many bytes; -1 at its end; 0 also for nothing now. */
    static int receive(Descriptor socket, ByteBuffer target, IntConsumer passed, long deadlineNanos)
            throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        long received = receive(socket, target, Math.min(target.remaining(), MOST_BYTES), 0, passed, deadlineNanos);
        return received == Descriptor.WOULD_BLOCK ? 0 : (int) received == 0 ? -1 : (int) received;
    }

    /**
     * A record, whose own length is in the low half of the result, and what {@link Passing} tells in the high half;
     * {@link Descriptor#WOULD_BLOCK} for nothing now.
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
            Attempt attempt = fd -> Passing.recv(fd, bytes.address(), room, flags, numbers.address());
            long result = deadlineNanos == NOW ? socket.readNow("recvmsg", attempt)
                    : socket.read("recvmsg", deadlineNanos, attempt);
            if (result == Descriptor.WOULD_BLOCK) {
                return result;
            }
            int told = (int) (result >>> Integer.SIZE);
            target.put(bytes.buffer().limit(Math.min((int) result, room)));
            int count = told & ~Passing.CUT_OFF & ~Passing.CONTROL;
            if ((told & Passing.CUT_OFF) != 0) {
                close(numbers, 0, count);
                throw new IOException("more descriptors were passed than there was room for, or than this process may"
                        + " have; none of them is kept");
            }
            handOver(numbers, count, passed);
            return result;
        }
    }

    /** The receiver's once it is told, whatever it throws. */
    private static void handOver(Scratch numbers, int count, IntConsumer passed) {
        int told = 0;
        try {
            while (told < count) {
                passed.accept(numbers.getInt(told++));
            }
        } finally {
            close(numbers, told, count);
        }
    }

    private static void close(Scratch numbers, int from, int to) {
        for (int i = from; i < to; i++) {
            Descriptors.close(numbers.getInt(i));
        }
    }
}
