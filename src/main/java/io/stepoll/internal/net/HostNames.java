package io.stepoll.internal.net;

import io.stepoll.EventLoop;
import io.stepoll.Timer;
import io.stepoll.VirtualClock;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.threads.Workers;
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

/** Looks host names up. The JDK's call for that blocks its thread, so a worker makes the call while the task waits. */
final class HostNames {
    private HostNames() {}

    /** The address itself; if its host name is unresolved, all addresses that the name stands for, in their order. */
    static List<? extends SocketAddress> resolve(LoopDescriptors descriptors, SocketAddress address, Duration timeout)
            throws IOException {
        if (!(address instanceof InetSocketAddress inet) || !inet.isUnresolved()) {
            return Arrays.asList(address); // the caller refuses null
        }
        String name = inet.getHostString();
        FutureTask<InetAddress[]> lookup = new FutureTask<>(() -> InetAddress.getAllByName(name));
        Timer end = descriptors.deadlineNanos(timeout) == EventLoop.NO_DEADLINE ? null
                : descriptors.loop().callLater(timeout, () -> lookup.cancel(false));
        try (VirtualClock.Hold _ = descriptors.holdClock()) {
            Workers.executor().execute(lookup); // past the timeout the look-up is left alone: no interrupt ends it
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
