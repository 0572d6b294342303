package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Passing;
import io.stepoll.internal.sys.Scratch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/** Messages with descriptors in them, by a copy of the bytes: they are few. */
final class DescriptorPassing {
    private static final int MOST_BYTES = 1 << 16;

    private DescriptorPassing() {}

    static int send(Descriptor socket, ByteBuffer source, int[] descriptors, long deadlineNanos) throws IOException {
        if (descriptors.length == 0 || descriptors.length > Passing.MOST) {
            throw new IllegalArgumentException(
                    "one message passes 1 to " + Passing.MOST + " descriptors, not " + descriptors.length);
        }
        if (!source.hasRemaining()) {
            throw new IllegalArgumentException("descriptors go with at least one byte");
        }
        int length = Math.min(source.remaining(), MOST_BYTES);
        try (Scratch bytes = new Scratch(length); Scratch numbers = new Scratch(Passing.MOST * Integer.BYTES)) {
            bytes.buffer().put(0, source, source.position(), length);
            numbers.buffer().asIntBuffer().put(descriptors);
            int sent = (int) socket.write("sendmsg", deadlineNanos,
                    fd -> Passing.send(fd, bytes.address(), length, numbers.address(), descriptors.length));
            source.position(source.position() + sent);
            return sent;
        }
    }

    static int receive(Descriptor socket, ByteBuffer target, IntConsumer passed, long deadlineNanos)
            throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("receive into a read-only buffer");
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        int length = Math.min(target.remaining(), MOST_BYTES);
        try (Scratch bytes = new Scratch(length); Scratch numbers = new Scratch(Passing.MOST * Integer.BYTES)) {
            long result = socket.read("recvmsg", deadlineNanos,
                    fd -> Passing.recv(fd, bytes.address(), length, numbers.address()));
            int received = (int) result;
            int count = (int) (result >>> Integer.SIZE);
            target.put(bytes.buffer().limit(received));
            if ((count & Passing.CUT_OFF) != 0) {
                closeAll(numbers, count & ~Passing.CUT_OFF);
                throw new IOException("more descriptors were passed than there was room for, or than this process may"
                        + " have; none of them is kept");
            }
            for (int i = 0; i < count; i++) {
                passed.accept(numbers.getInt(i));
            }
            return received == 0 ? -1 : received;
        }
    }

    private static void closeAll(Scratch numbers, int count) {
        for (int i = 0; i < count; i++) {
            Descriptors.close(numbers.getInt(i));
        }
    }
}
