package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Connects new sockets: connect(2), to each address that a host name stands for, until one answers. */
public final class Connecting {
    /**
     * connect(2) to a Unix listener with a full backlog returns EAGAIN, and no readiness is reported later. So connect
     * is called again, after pauses between these two.
     */
    private static final Duration FIRST_RETRY = Duration.ofMillis(1);

    private static final Duration LAST_RETRY = Duration.ofMillis(64);

    private Connecting() {}

    /** Connects to an address; looks its host name up first if that is unresolved. The timeout is for all together. */
    public static Descriptor connect(EventLoop loop, SocketType type, AddressCodec codec, SocketAddress address,
            Duration timeout, Map<SocketOption<?>, ?> options) throws IOException {
        LoopDescriptors descriptors = LoopDescriptors.of(loop);
        descriptors.check("connect");
        long deadlineNanos = descriptors.deadlineNanos(timeout);
        List<? extends SocketAddress> addresses = HostNames.resolve(descriptors, address, timeout);
        return connect(loop, type, codec, addresses, deadlineNanos, options);
    }

    /** Connects to the first address that answers. If none does, throws the last failure; the others are suppressed. */
    public static Descriptor connect(EventLoop loop, SocketType type, AddressCodec codec,
            List<? extends SocketAddress> addresses, long deadlineNanos, Map<SocketOption<?>, ?> options)
            throws IOException {
        List<IOException> failures = new ArrayList<>();
        for (SocketAddress address : addresses) {
            try {
                return connect(loop, type, codec.raw(address), deadlineNanos, options);
            } catch (IOException e) {
                failures.add(e);
                if (!(e instanceof SystemCallFailure)) {
                    break; // a timeout, an interrupt or a close: no other address helps
                }
            }
        }
        IOException last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        throw last;
    }

    private static Descriptor connect(EventLoop loop, SocketType type, RawAddress raw, long deadlineNanos,
            Map<SocketOption<?>, ?> options) throws IOException {
        String text = raw.toText();
        int fd = NewSockets.socket(raw.family(), type.number, text);
        Descriptor descriptor;
        boolean inProgress;
        try {
            SocketOptions.setAll(fd, options, text);
            int result = begin(loop, fd, raw, deadlineNanos);
            inProgress = result == -Errno.EINPROGRESS || result == -Errno.EINTR;
            SystemCallFailures.check("connect", inProgress ? 0 : result, text);
            descriptor = SocketOptions.ownWith(loop, fd, options); // after connect(2): epoll reports a socket without any state as hung up
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
        try {
            if (inProgress) {
                LoopDescriptor.of(descriptor).awaitWritable(deadlineNanos);
                int error = Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ERROR);
                SystemCallFailures.check("getsockopt", Math.min(error, 0), text);
                SystemCallFailures.check("connect", -error, text);
            }
            return descriptor;
        } catch (IOException | RuntimeException | Error e) {
            descriptor.close();
            throw e;
        }
    }

    private static int begin(EventLoop loop, int fd, RawAddress address, long deadlineNanos) throws IOException {
        Duration pause = FIRST_RETRY;
        for (;;) {
            int result = NewSockets.connect(fd, address);
            if (result != -Errno.EAGAIN) {
                return result;
            }
            if (LoopDescriptors.of(loop).deadlineNanos(pause) > deadlineNanos) {
                throw new SocketTimeoutException("connect to " + address.toText() + ": timed out");
            }
            try {
                loop.sleep(pause);
            } catch (InterruptedException e) {
                throw new InterruptedIOException("connect to " + address.toText() + ": interrupted");
            }
            pause = longer(pause, LAST_RETRY);
        }
    }

    /** The pause after this one: twice as long, up to the longest. */
    static Duration longer(Duration pause, Duration longest) {
        return pause.compareTo(longest) < 0 ? pause.multipliedBy(2) : pause;
    }
}
