package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.Interest;
import io.stepoll.SystemCall;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.Remaining;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.Objects;

/** Moves the datagrams of one socket. */
public final class DatagramTransport implements Transport {
    /**
     * A Unix socket that is full reports no readiness to a sender that is not connected to it. So the sender tries
     * again, after pauses between these two.
     */
    private static final Duration FIRST_RETRY = Duration.ofMillis(1);

    private static final Duration LAST_RETRY = Duration.ofMillis(64);

    private final int family;
    private final AddressCodec codec;
    private final Truncation truncation;
    private final DatagramMemory memory;
    private boolean connected;
    /** The address that the last bind was for; null before. */
    private RawAddress bound;

    public DatagramTransport(int family, boolean connected, AddressCodec codec, Truncation truncation) {
        this.family = family;
        this.connected = connected;
        this.codec = codec;
        this.truncation = truncation;
        memory = new DatagramMemory(family);
    }

    /** One datagram on its way into a buffer. */
    private static final class Receiving implements SystemCall {
        private final DatagramMemory memory;
        private final ByteBuffer target;
        private final long remaining;
        private final boolean wantsSender;
        private RawAddress sender;

        Receiving(DatagramMemory memory, ByteBuffer target, boolean wantsSender) {
            if (target.isReadOnly()) {
                throw new IllegalArgumentException("receive into a read-only buffer");
            }
            this.memory = memory;
            this.target = target;
            this.wantsSender = wantsSender;
            remaining = Remaining.of(target);
        }

        int room() {
            return Remaining.length(remaining);
        }

        @Override
        public long call(int fd) {
            long result = memory.receive(fd, target, remaining);
            if (result >= 0 && (wantsSender || (int) result > room())) {
                sender = memory.sender(result);
            }
            return result < 0 ? result : (int) result;
        }
    }

    public int family() {
        return family;
    }

    public boolean isConnected() {
        return connected;
    }

    /** Binds the socket; see bind(2). */
    public void bind(Descriptor socket, SocketAddress address) throws IOException {
        RawAddress raw = DatagramSockets.toBind(codec, resolved(socket, "bind", address), family);
        // The bind of a path may wait for the lock of a folder, and meanwhile another task may close the socket.
        int same = SystemCallFailures.check("fcntl", Descriptors.duplicate(socket.fd()), raw.toText());
        try {
            LoopDescriptor.of(socket).boundTo(DatagramSockets.bind(same, raw));
        } finally {
            Descriptors.close(same);
        }
        bound = raw;
    }

    /** Connects the socket; see connect(2). Does not wait. */
    public void connect(Descriptor socket, SocketAddress address) throws IOException {
        RawAddress raw = codec.raw(resolved(socket, "connect", address), family);
        DatagramSockets.connect(socket.fd(), raw);
        connected = true;
    }

    /** The first address of a host name. The look-up waits, and meanwhile another task may close the socket. */
    private static SocketAddress resolved(Descriptor socket, String call, SocketAddress address) throws IOException {
        LoopDescriptor descriptor = LoopDescriptor.of(socket);
        descriptor.check(call);
        SocketAddress first = HostNames.first(descriptor.owner(), call, address);
        descriptor.check(call);
        return first;
    }

    /** Ends the connection. The socket keeps its port. */
    public void disconnect(Descriptor socket) throws IOException {
        LoopDescriptor.of(socket).check("disconnect");
        connected = false;
        DatagramSockets.disconnect(socket.fd(), bound);
    }

    /** Receives a datagram from anybody. Returns the sender. */
    public SocketAddress receive(Descriptor socket, ByteBuffer target, long deadlineNanos) throws IOException {
        Receiving receiving = new Receiving(memory, target, true);
        await(socket, receiving, deadlineNanos);
        return codec.of(receiving.sender);
    }

    @Override
    public int read(Descriptor socket, ByteBuffer target, long deadlineNanos) throws IOException {
        Objects.requireNonNull(target, "target");
        checkConnected(socket, "read");
        return await(socket, new Receiving(memory, target, false), deadlineNanos);
    }

    private int await(Descriptor socket, Receiving receiving, long deadlineNanos) throws IOException {
        return checked(socket, receiving,
                LoopDescriptor.of(socket).perform(Interest.READ, "recvfrom", receiving, deadlineNanos));
    }

    @Override
    public int tryRead(Descriptor socket, ByteBuffer target) throws IOException {
        Objects.requireNonNull(target, "target");
        checkConnected(socket, "tryRead");
        Receiving receiving = new Receiving(memory, target, false);
        return checked(socket, receiving, socket.tryPerform(Interest.READ, "recvfrom", receiving));
    }

    private int checked(Descriptor socket, Receiving receiving, long length) throws IOException {
        if (length > 0) {
            LoopDescriptor.of(socket).received(length);
        }
        if (length > receiving.room()) {
            throw truncation.of((int) length, receiving.room(), codec.of(receiving.sender));
        }
        return (int) length;
    }

    private void checkConnected(Descriptor socket, String call) throws IOException {
        LoopDescriptor.of(socket).check(call);
        if (!connected) {
            throw new NotYetConnectedException();
        }
    }

    /** Sends a datagram to an address. */
    public int send(Descriptor socket, ByteBuffer source, SocketAddress target, long deadlineNanos)
            throws IOException {
        Objects.requireNonNull(source, "source");
        return send(socket, source, codec.raw(target, family), deadlineNanos);
    }

    @Override
    public int write(Descriptor socket, ByteBuffer source, long deadlineNanos) throws IOException {
        Objects.requireNonNull(source, "source");
        checkConnected(socket, "write");
        return send(socket, source, (RawAddress) null, deadlineNanos);
    }

    private int send(Descriptor socket, ByteBuffer source, RawAddress target, long deadlineNanos) throws IOException {
        long remaining = Remaining.of(source);
        long result = transmit(socket, "sendto", target == null, deadlineNanos,
                fd -> SendFailure.asResult(memory.send(fd, source, remaining, target)));
        return sent(socket, result, target);
    }

    @Override
    public int tryWrite(Descriptor socket, ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        checkConnected(socket, "tryWrite");
        long remaining = Remaining.of(source);
        long result = socket.tryPerform(Interest.WRITE, "sendto",
                fd -> SendFailure.asResult(memory.send(fd, source, remaining, null)));
        return sent(socket, result, null);
    }

    private static int sent(Descriptor socket, long result, RawAddress target) throws IOException {
        SendFailure.check(socket, "sendto", result, target);
        if (result > 0) {
            LoopDescriptor.of(socket).sent(result);
        }
        return (int) result;
    }

    /** Receives datagrams, waiting for the first. Returns how many. */
    public int receiveBatch(Descriptor socket, BatchMemory batch, long deadlineNanos) throws IOException {
        batch.occupy(true);
        try {
            LoopDescriptor descriptor = LoopDescriptor.of(socket);
            return received(descriptor,
                    descriptor.perform(Interest.READ, "recvmmsg", batch.receiving, deadlineNanos), batch);
        } finally {
            batch.occupy(false);
        }
    }

    /** Receives the datagrams that are there. Returns how many, or WOULD_BLOCK. */
    public int tryReceiveBatch(Descriptor socket, BatchMemory batch) throws IOException {
        batch.clear();
        batch.occupy(true);
        try {
            return received(LoopDescriptor.of(socket), socket.tryPerform(Interest.READ, "recvmmsg", batch.receiving),
                    batch);
        } finally {
            batch.occupy(false);
        }
    }

    private static int received(LoopDescriptor socket, long result, BatchMemory batch) {
        if (result > 0) {
            socket.received(batch.bytes(0, (int) result));
        }
        return (int) result;
    }

    /** Sends the packets from an index on, all of them. Returns how many. */
    public int sendBatch(Descriptor socket, BatchMemory batch, int from, long deadlineNanos) throws IOException {
        Objects.checkIndex(from, batch.count() + 1);
        LoopDescriptor.of(socket).check("sendBatch");
        batch.occupy(true);
        try {
            batch.prepare(family, from);
            while (batch.sent() < batch.count()) {
                int before = batch.sent();
                long result = transmit(socket, "sendmmsg", false, deadlineNanos, batch.sending);
                checked(socket, result, batch, before);
            }
            return batch.sent() - from;
        } finally {
            batch.occupy(false);
        }
    }

    /** Sends the packets from an index on, as many as there is room for. Returns how many, or WOULD_BLOCK. */
    public int trySendBatch(Descriptor socket, BatchMemory batch, int from) throws IOException {
        Objects.checkIndex(from, batch.count() + 1);
        LoopDescriptor.of(socket).check("trySendBatch");
        batch.occupy(true);
        try {
            batch.prepare(family, from);
            long result = 0;
            while (batch.sent() < batch.count() && result != Descriptor.WOULD_BLOCK) {
                int before = batch.sent();
                result = socket.tryPerform(Interest.WRITE, "sendmmsg", batch.sending);
                checked(socket, result, batch, before);
            }
            int sent = batch.sent() - from;
            return sent == 0 && result == Descriptor.WOULD_BLOCK ? Descriptor.WOULD_BLOCK : sent;
        } finally {
            batch.occupy(false);
        }
    }

    private static void checked(Descriptor socket, long result, BatchMemory batch, int before) throws IOException {
        LoopDescriptor.of(socket).sent(batch.bytes(before, batch.sent()));
        if (SendFailure.isFailure(result)) {
            SendFailure.check(socket, "sendmmsg", result, batch.raw(batch.sent()));
        }
    }

    /**
     * Makes a call that sends.
     *
     * @param toPeer whether all goes to the other end of the socket. If not, on a Unix socket, the call is tried again
     *     after pauses.
     */
    private long transmit(Descriptor socket, String name, boolean toPeer, long deadlineNanos, SystemCall call)
            throws IOException {
        LoopDescriptor descriptor = LoopDescriptor.of(socket);
        if (toPeer || family != Sockets.AF_UNIX) {
            return descriptor.perform(Interest.WRITE, name, call, deadlineNanos);
        }
        Duration pause = FIRST_RETRY;
        for (;;) {
            long retryNanos = descriptor.owner().deadlineNanos(pause);
            try {
                return descriptor.perform(Interest.WRITE, name, call, Math.min(deadlineNanos, retryNanos));
            } catch (SocketTimeoutException e) {
                if (deadlineNanos <= retryNanos) {
                    throw e;
                }
            }
            pause = Connecting.longer(pause, LAST_RETRY);
        }
    }
}
