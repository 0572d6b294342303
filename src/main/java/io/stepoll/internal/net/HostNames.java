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
        checkMayWait(descriptors, call, inet.getHostString());
        try {
            return resolve(descriptors, address, ChronoUnit.FOREVER.getDuration()).getFirst();
        } catch (UnknownHostException e) {
            SocketException unresolved = new SocketException(call + ": unresolved host name: " + inet.getHostString());
            unresolved.initCause(e);
            throw unresolved;
        }
    }

    /**
     * The address of a host by its name, as {@link InetSocketAddress#InetSocketAddress(String, int)} has it: unresolved
     * if nobody knows the name. In a task the task waits for the look-up; no loop does.
     *
     * @param host null for the loopback address
     * @throws IllegalStateException in a callback, which cannot wait for the look-up
     */
    static InetSocketAddress address(String host, int port) throws IOException {
        LoopDescriptors loop = LoopDescriptors.current();
        if (host == null || loop == null || isNumeric(host)) {
            return host == null ? new InetSocketAddress(InetAddress.getByName(null), port)
                    : new InetSocketAddress(host, port);
        }
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved(host, port);
        checkMayWait(loop, "connect", host);
        try {
            return (InetSocketAddress) resolve(loop, unresolved, ChronoUnit.FOREVER.getDuration()).getFirst();
        } catch (UnknownHostException e) {
            return unresolved;
        }
    }

    private static boolean isNumeric(String host) {
        try {
            InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    /** The address of this machine, which the JDK looks up by the machine's name. No loop waits for that. */
    static InetAddress localHost() throws IOException {
        LoopDescriptors loop = LoopDescriptors.current();
        if (loop == null) {
            return InetAddress.getLocalHost();
        }
        checkMayWait(loop, "connect", "this machine's name");
        try (VirtualClock.Hold _ = loop.holdClock()) {
            FutureTask<InetAddress> lookup = new FutureTask<>(InetAddress::getLocalHost);
            Workers.executor().execute(lookup);
            return result(lookup, "this machine's name");
        }
    }

    private static void checkMayWait(LoopDescriptors loop, String call, String name) {
        if (loop.isInCallbackOfAStep()) {
            throw new IllegalStateException(call + " looks " + name + " up, which may wait, and a callback cannot"
                    + " wait: call it in a task, or give the address in numbers");
        }
    }

    private static <T> T result(FutureTask<T> lookup, String name) throws IOException {
        try {
            return lookup.get();
        } catch (CancellationException e) {
            throw new SocketTimeoutException("look-up of " + name + ": timed out");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException unknown ? unknown : new IOException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptedIOException("look-up of " + name + ": interrupted");
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
            return Arrays.stream(result(lookup, name)).map(found -> new InetSocketAddress(found, inet.getPort()))
                    .toList();
        } finally {
            if (end != null) {
                end.cancel();
            }
        }
    }
}
