package io.stepoll.net;

import io.stepoll.Attempt;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** The calls of one datagram socket that receive and send. */
final class DatagramCalls {
    /** Who sends to a full Unix socket without being connected to it is not told when it has room; so it asks again. */
    private static final Duration FIRST_RETRY = Duration.ofMillis(1);

    private static final Duration LAST_RETRY = Duration.ofMillis(64);

    /** Added to the errno of a failed call, so that the loop hands it on for us to name the other end. */
    private static final long FAILED = 1L << Integer.SIZE;

    private final EventLoop loop;
    private final Descriptor descriptor;
    private final int family;
    private final DatagramTransfer transfer;

    DatagramCalls(Descriptor descriptor, int family) {
        loop = descriptor.loop();
        this.descriptor = descriptor;
        this.family = family;
        transfer = new DatagramTransfer(family);
    }

    /** One datagram, on its way into a buffer. */
    private static final class Receiving implements Attempt {
        private final DatagramTransfer transfer;
        private final ByteBuffer target;
        private final int room;
        private final boolean wantsSender;
        private RawAddress sender;

        Receiving(DatagramTransfer transfer, ByteBuffer target, boolean wantsSender) {
            if (target.isReadOnly()) {
                throw new IllegalArgumentException("receive into a read-only buffer");
            }
            this.transfer = transfer;
            this.target = target;
            this.wantsSender = wantsSender;
            room = target.remaining();
        }

        @Override
        public long call(int fd) {
            long result = transfer.receive(fd, target);
            if (result >= 0 && (wantsSender || (int) result > room)) {
                sender = transfer.sender(result);
            }
            return result < 0 ? result : (int) result;
        }
    }

    /** Returns the sender. */
    SocketAddress receive(ByteBuffer target, Duration timeout) throws IOException {
        Receiving receiving = new Receiving(transfer, target, true);
        await(receiving, timeout);
        return Addresses.of(receiving.sender);
    }

    /** Returns the length. */
    int read(ByteBuffer target, Duration timeout) throws IOException {
        return await(new Receiving(transfer, target, false), timeout);
    }

    private int await(Receiving receiving, Duration timeout) throws IOException {
        int length = (int) descriptor.read("recvfrom", loop.deadline(timeout), receiving);
        if (length > receiving.room) {
            throw new TruncatedDatagramException(length, receiving.room, Addresses.of(receiving.sender));
        }
        return length;
    }

    /** To the address, or the peer if it is null. */
    int send(ByteBuffer source, RawAddress target, Duration timeout) throws IOException {
        long result = transmit("sendto", target == null, loop.deadline(timeout),
                fd -> failureAsResult(transfer.send(fd, source, target)));
        return (int) checked("sendto", result, target);
    }

    int receiveBatch(DatagramBatch batch, Duration timeout) throws IOException {
        batch.occupy(true);
        try {
            return (int) descriptor.read("recvmmsg", loop.deadline(timeout), batch.receiving);
        } finally {
            batch.occupy(false);
        }
    }

    int sendBatch(DatagramBatch batch, int from, Duration timeout) throws IOException {
        batch.occupy(true);
        try {
            batch.prepare(family, from);
            long deadlineNanos = loop.deadline(timeout);
            while (batch.sent() < batch.count()) {
                long result = transmit("sendmmsg", false, deadlineNanos, batch.sending);
                if (result >= FAILED) {
                    checked("sendmmsg", result, batch.raw(batch.sent()));
                }
            }
            return batch.sent() - from;
        } finally {
            batch.occupy(false);
        }
    }

    /** Without waiting: as many as are there and have room, perhaps none. */
    int receiveBatchNow(DatagramBatch batch) throws IOException {
        batch.clear();
        batch.occupy(true);
        try {
            long result = descriptor.readNow("recvmmsg", batch.receiving);
            return result == Descriptor.WOULD_BLOCK ? 0 : (int) result;
        } finally {
            batch.occupy(false);
        }
    }

    /** Without waiting: as many as there is room for. */
    int sendBatchNow(DatagramBatch batch, int from) throws IOException {
        batch.occupy(true);
        try {
            batch.prepare(family, from);
            long result = 0;
            while (batch.sent() < batch.count() && result != Descriptor.WOULD_BLOCK) {
                result = descriptor.writeNow("sendmmsg", batch.sending);
                if (result >= FAILED) {
                    checked("sendmmsg", result, batch.raw(batch.sent()));
                }
            }
            return batch.sent() - from;
        } finally {
            batch.occupy(false);
        }
    }

    /** For an attempt: what the loop is to deal with stays negative. */
    static long failureAsResult(int result) {
        return result >= 0 || result == -Errno.EAGAIN || result == -Errno.EINTR ? result : FAILED - result;
    }

    private long checked(String call, long result, RawAddress target) throws IOException {
        if (result >= FAILED) {
            RawAddress other = target == null ? RawAddress.peer(descriptor.fd()) : target;
            throw SystemCallFailure.of(call, (int) (result - FAILED),
                    other == null ? "descriptor " + descriptor.fd() : other.toText("udp"));
        }
        return result;
    }

    /** What may go elsewhere than to the peer needs the asking again, on Unix sockets. */
    private long transmit(String call, boolean toPeer, long deadlineNanos, Attempt attempt)
            throws IOException {
        if (toPeer || family != Sockets.AF_UNIX) {
            return descriptor.write(call, deadlineNanos, attempt);
        }
        for (Duration pause = FIRST_RETRY;; pause = pause.compareTo(LAST_RETRY) < 0 ? pause.multipliedBy(2) : pause) {
            long retryNanos = loop.deadline(pause);
            try {
                return descriptor.write(call, Math.min(deadlineNanos, retryNanos), attempt);
            } catch (SocketTimeoutException e) {
                if (deadlineNanos <= retryNanos) {
                    throw e;
                }
            }
        }
    }
}
