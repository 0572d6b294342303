package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
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

/** connect(2), to each address that a name stands for until one answers. */
final class Connecting {
    /** A Unix listener whose backlog is full says so and reports no readiness later; so connect asks again. */
    private static final long FIRST_RETRY_NANOS = 1_000_000;

    private static final long LAST_RETRY_NANOS = 64_000_000;

    private Connecting() {}

    static Descriptor connect(EventLoop loop, int type, SocketAddress address, Duration timeout,
            Map<SocketOption<?>, ?> options) throws IOException {
        loop.check("connect");
        long deadlineNanos = loop.deadline(timeout);
        return connect(loop, type, HostNames.resolve(loop, address, timeout), deadlineNanos, options);
    }

    /** To the first that answers. The failure of the last one is thrown, with those of the others before it. */
    static Descriptor connect(EventLoop loop, int type, List<? extends SocketAddress> addresses, long deadlineNanos,
            Map<SocketOption<?>, ?> options) throws IOException {
        List<IOException> failures = new ArrayList<>();
        for (SocketAddress address : addresses) {
            try {
                return connect(loop, type, Addresses.raw(address), deadlineNanos, options);
            } catch (IOException e) {
                failures.add(e);
                if (!(e instanceof SystemCallFailure)) {
                    break; // out of time, interrupted, or closed: no other address helps
                }
            }
        }
        IOException last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        throw last;
    }

    private static Descriptor connect(EventLoop loop, int type, RawAddress raw, long deadlineNanos,
            Map<SocketOption<?>, ?> options) throws IOException {
        String text = raw.toText();
        int fd = SystemCallFailure.check("socket", Sockets.socket(raw.family(), type), text);
        Descriptor descriptor;
        boolean inProgress;
        try {
            SocketOptions.setAll(fd, options, text);
            int result = begin(loop, fd, raw, deadlineNanos);
            inProgress = result == -Errno.EINPROGRESS || result == -Errno.EINTR;
            SystemCallFailure.check("connect", inProgress ? 0 : result, text);
            descriptor = loop.own(fd); // not before the call: a socket in no state at all counts as hung up
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
        try {
            if (inProgress) {
                descriptor.awaitWritable(deadlineNanos);
                int error = Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ERROR);
                SystemCallFailure.check("connect", -Math.abs(error), text);
            }
            return descriptor;
        } catch (IOException | RuntimeException | Error e) {
            descriptor.close();
            throw e;
        }
    }

    private static int begin(EventLoop loop, int fd, RawAddress address, long deadlineNanos) throws IOException {
        for (long pause = FIRST_RETRY_NANOS;; pause = Math.min(2 * pause, LAST_RETRY_NANOS)) {
            int result = Addresses.connect(fd, address);
            if (result != -Errno.EAGAIN) {
                return result;
            }
            if (loop.deadline(Duration.ofNanos(pause)) > deadlineNanos) {
                throw new SocketTimeoutException("connect to " + address.toText() + ": timed out");
            }
            try {
                loop.sleep(pause);
            } catch (InterruptedException e) {
                throw new InterruptedIOException("connect to " + address.toText() + ": interrupted");
            }
        }
    }
}
