package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.Interest;
import io.stepoll.SystemCall;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.CheckedCopy;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.io.Remaining;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Passing;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
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
        long remaining = Remaining.of(source);
        if (Remaining.length(remaining) == 0) {
            throw new IllegalArgumentException("descriptors go with at least one byte");
        }
        int length = Math.min(Remaining.length(remaining), MOST_BYTES);
        return send(socket, source, remaining, length, descriptors, deadlineNanos);
    }

    /** Sends all that remains, even if that is nothing, as one record. */
    static int sendRecord(Descriptor socket, ByteBuffer source, int[] descriptors, long deadlineNanos)
            throws IOException {
        long remaining = Remaining.of(source);
        return send(socket, source, remaining, Remaining.length(remaining), descriptors, deadlineNanos);
    }

    private static int send(Descriptor socket, ByteBuffer source, long remaining, int length, int[] descriptors,
            long deadlineNanos) throws IOException {
        if (descriptors.length == 0 || descriptors.length > Passing.MOST) {
            throw new IllegalArgumentException(
                    "one message passes 1 to " + Passing.MOST + " descriptors, not " + descriptors.length);
        }
        LoopDescriptor descriptor = LoopDescriptor.of(socket);
        checkUnix(descriptor, "sendmsg");
        try (Outgoing message = new Outgoing(descriptor.owner(), length, descriptors.clone(), deadlineNanos != NOW)) {
            message.take(source, remaining, descriptor);
            if (deadlineNanos != NOW && descriptor.yieldsBefore("sendmsg")) {
                message.holdDescriptors();
            }
            int sent = (int) perform(descriptor, Interest.WRITE, "sendmsg", message, deadlineNanos);
            if (sent != Descriptor.WOULD_BLOCK) {
                message.ended();
                Remaining.advance(source, remaining, sent);
                descriptor.sent(sent);
            }
            return sent;
        }
    }

    /** On a stream: returns how many bytes came; -1 at the end; 0 if nothing remains in the target. */
    static int receive(Descriptor socket, ByteBuffer target, IntConsumer passed, long deadlineNanos)
            throws IOException {
        checkUnix(LoopDescriptor.of(socket), "recvmsg");
        long remaining = Remaining.of(target);
        if (Remaining.length(remaining) == 0) {
            return 0;
        }
        int room = Math.min(Remaining.length(remaining), MOST_BYTES);
        int received = (int) receive(socket, target, remaining, room, 0, passed, deadlineNanos); // or WOULD_BLOCK
        return received == 0 ? -1 : received;
    }

    /**
     * Receives a record. In the low half of the result is the record's own length, in the high half what
     * {@link Passing#recv} says.
     */
    static long receiveRecord(Descriptor socket, ByteBuffer target, long remaining, IntConsumer passed,
            long deadlineNanos) throws IOException {
        return receive(socket, target, remaining, Remaining.length(remaining), Datagrams.MSG_TRUNC, passed,
                deadlineNanos);
    }

    private static long receive(Descriptor socket, ByteBuffer target, long remaining, int room, int flags,
            IntConsumer passed, long deadlineNanos) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("receive into a read-only buffer");
        }
        LoopDescriptor descriptor = LoopDescriptor.of(socket);
        SystemCallFailures.check("recvmsg", CheckedCopy.probe(target, remaining), descriptor.describe());
        try (Incoming message = new Incoming(room, flags)) {
            long result = perform(descriptor, Interest.READ, "recvmsg", message, deadlineNanos);
            if (result != Descriptor.WOULD_BLOCK) {
                int length = (int) result; // the low half
                descriptor.received(length);
                message.giveTo(target, remaining, passed, descriptor);
            }
            return result;
        }
    }

    /** TCP takes such a message, sends the bytes, and says nothing of the descriptors. */
    private static void checkUnix(LoopDescriptor socket, String call) throws IOException {
        socket.check(call);
        if (Sockets.intOption(socket.fd(), Sockets.SOL_SOCKET, Sockets.SO_DOMAIN) != Sockets.AF_UNIX) {
            throw SystemCallFailures.of(call, Errno.EINVAL, AddressText.of(socket.fd())
                    + ", which is no Unix socket and passes no descriptors");
        }
    }

    private static long perform(LoopDescriptor socket, Interest interest, String name, SystemCall call,
            long deadlineNanos) throws IOException {
        return deadlineNanos == NOW ? socket.tryPerform(interest, name, call)
                : socket.perform(interest, name, call, deadlineNanos);
    }

    /**
     * A message that goes with descriptors. While the task waits, somebody may close one of them, and another
     * descriptor gets its number. So before it waits the message takes duplicates, which are closed in the end.
     */
    private static final class Outgoing implements SystemCall, AutoCloseable {
        private final LoopDescriptors loop;
        private final int[] asked;
        private final int length;
        private final boolean mayWait;
        private final Scratch bytes;
        private final Scratch numbers;
        private int duplicates;
        private IOException failure;

        Outgoing(LoopDescriptors loop, int length, int[] asked, boolean mayWait) {
            this.loop = loop;
            this.asked = asked;
            this.length = length;
            this.mayWait = mayWait;
            bytes = new Scratch(length);
            numbers = new Scratch(Passing.MOST * Integer.BYTES);
            numbers.buffer().asIntBuffer().put(asked);
        }

        /** Copies the bytes of the message. */
        void take(ByteBuffer source, long remaining, LoopDescriptor socket) throws IOException {
            int fault = CheckedCopy.from(source, remaining, length, bytes.buffer(), 0);
            SystemCallFailures.check("sendmsg", fault, socket.describe());
        }

        /** Makes the call. Ends with 0 if it would have to wait and cannot have the duplicates. */
        @Override
        public long call(int fd) {
            int sent = Passing.send(fd, bytes.address(), length, numbers.address(), asked.length);
            if (sent == -Errno.EAGAIN && mayWait && duplicates == 0) {
                try {
                    holdDescriptors();
                } catch (IOException e) {
                    failure = e;
                    return 0;
                }
            }
            return sent;
        }

        /**
         * Takes the duplicates. Those on this loop are shared first: epoll would keep a closed one as long as its
         * duplicate is open.
         */
        void holdDescriptors() throws IOException {
            shareThoseHere();
            while (duplicates < asked.length) {
                int number = asked[duplicates];
                int duplicate = SystemCallFailures.check("fcntl", Descriptors.duplicate(number),
                        "descriptor " + number + ", which is to be passed");
                numbers.buffer().putInt(duplicates++ * Integer.BYTES, duplicate);
            }
        }

        /** The message has gone, or the duplicates could not be had. */
        void ended() throws IOException {
            if (failure != null) {
                throw failure;
            }
            if (duplicates == 0) {
                shareThoseHere();
            }
        }

        private void shareThoseHere() throws IOException {
            for (int number : asked) {
                loop.shareIfHere(number);
            }
        }

        @Override
        public void close() {
            while (duplicates > 0) {
                LoopDescriptors.closeForeign(numbers.getInt(--duplicates)); // the original may be closed by now
            }
            numbers.close();
            bytes.close();
        }
    }

    /** A message that comes with descriptors. It closes those that it has not given away. */
    private static final class Incoming implements SystemCall, AutoCloseable {
        private final int room;
        private final int flags;
        private final Scratch bytes;
        private final Scratch numbers;
        private int length;
        private int given;
        private int count;
        private boolean cutOff;

        Incoming(int room, int flags) {
            this.room = room;
            this.flags = flags;
            bytes = new Scratch(room);
            numbers = new Scratch(Passing.MOST * Integer.BYTES);
        }

        @Override
        public long call(int fd) {
            long result = Passing.recv(fd, bytes.address(), room, flags, numbers.address());
            if (result >= 0) {
                int countAndMarks = (int) (result >>> Integer.SIZE);
                count = countAndMarks & ~Passing.CUT_OFF & ~Passing.CONTROL;
                cutOff = (countAndMarks & Passing.CUT_OFF) != 0;
                length = Math.min((int) result, room);
            }
            return result;
        }

        /** A number that the receiver was called with is the receiver's, whatever the receiver throws. */
        void giveTo(ByteBuffer target, long remaining, IntConsumer passed, LoopDescriptor socket)
                throws IOException {
            int fault = CheckedCopy.into(target, remaining, length, bytes.buffer(), 0);
            SystemCallFailures.check("recvmsg", fault, socket.describe());
            Remaining.advance(target, remaining, length);
            if (cutOff) {
                throw new IOException("more descriptors were passed than there was room for, or than this process may"
                        + " have; none of them is kept");
            }
            while (given < count) {
                passed.accept(numbers.getInt(given++));
            }
        }

        @Override
        public void close() {
            while (given < count) {
                LoopDescriptors.close(numbers.getInt(given++), true); // what a peer passed may wait
            }
            numbers.close();
            bytes.close();
        }
    }
}
