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
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Looks host names up. The JDK's call for that blocks its thread, so a worker makes the call while the task waits. */
final class HostNames {
    private HostNames() {}

    /**
     * The address that a socket is to be bound or connected to: if its host name is unresolved, the first address that
     * the name stands for. In a task the task waits for the look-up; outside of a step the loop's thread does.
     *
     * @throws IllegalStateException in a callback, which cannot wait for the look-up
     * @throws SocketException if nobody knows the name
     */
    static SocketAddress first(LoopDescriptors descriptors, String call, SocketAddress address)
            throws IOException {
        if (!(address instanceof InetSocketAddress inet) || !inet.isUnresolved()) {
            return address;
        }
        descriptors.check(call);
        if (descriptors.isInCallbackOfAStep()) {
            throw new IllegalStateException(call + " looks " + inet.getHostString() + " up, which may wait, and a"
                    + " callback cannot wait: call it in a task, or give the address in numbers");
        }
        try {
            return resolve(descriptors, address, ChronoUnit.FOREVER.getDuration()).getFirst();
        } catch (UnknownHostException e) {
            SocketException unresolved = new SocketException(call + ": unresolved host name: " + inet.getHostString());
            unresolved.initCause(e);
            throw unresolved;
        }
    }

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
