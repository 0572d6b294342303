package io.stepoll.net;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Host names, which the JDK looks up by a call that blocks its thread: on a platform thread, while the task waits. */
final class HostNames {
    private HostNames() {}

    /** The address itself, or if its host name is not resolved yet, the first one that the name stands for. */
    static SocketAddress resolve(SocketAddress address) throws IOException {
        if (!(address instanceof InetSocketAddress inet) || !inet.isUnresolved()) {
            return address;
        }
        FutureTask<InetAddress> lookup = new FutureTask<>(() -> InetAddress.getByName(inet.getHostString()));
        Thread.ofPlatform().daemon().name("stepoll-resolve " + inet.getHostString()).start(lookup);
        try {
            return new InetSocketAddress(lookup.get(), inet.getPort());
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException unknown ? unknown : new IOException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptedIOException("look-up of " + inet.getHostString() + ": interrupted");
        }
    }
}
