package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.Timer;
import io.stepoll.VirtualClock;
import io.stepoll.internal.sys.Workers;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Host names, which the JDK looks up by a call that blocks its thread: on a worker, while the task waits. */
final class HostNames {
    private HostNames() {}

    /** The address itself, or if its host name is not resolved yet, all that the name stands for, in their order. */
    static List<? extends SocketAddress> resolve(EventLoop loop, SocketAddress address, Duration timeout)
            throws IOException {
        if (!(address instanceof InetSocketAddress inet) || !inet.isUnresolved()) {
            return Arrays.asList(address); // null is refused where it is used
        }
        String name = inet.getHostString();
        FutureTask<InetAddress[]> lookup = new FutureTask<>(() -> InetAddress.getAllByName(name));
        Timer end = timeout == null ? null
                : loop.callLater(TimeUnit.NANOSECONDS.convert(timeout), () -> lookup.cancel(false));
        try (VirtualClock.Hold _ = loop.holdClock()) {
            Workers.executor().execute(lookup); // and is abandoned when it takes too long: no interrupt ends it
            return Arrays.stream(lookup.get()).map(found -> new InetSocketAddress(found, inet.getPort())).toList();
        } catch (CancellationException e) {
            throw new SocketTimeoutException("look-up of " + name + ": timed out");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException unknown ? unknown : new IOException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptedIOException("look-up of " + name + ": interrupted");
        } finally {
            if (end != null) {
                end.cancel();
            }
        }
    }
}
