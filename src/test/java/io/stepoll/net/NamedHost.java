package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.support.ChildJvm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Connects to a host name, of whose addresses only the second has a listener. For a JVM of its own. */
final class NamedHost {
    private NamedHost() {}

    /** Prints the address that it is connected to. */
    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop,
                        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 3}), 0))) {
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            Task<StreamSocket> connecting = loop.spawn(() -> StreamSocket.connect(loop,
                    InetSocketAddress.createUnresolved("manifold", port), Duration.ofSeconds(60)));
            loop.runUntilDone();
            InetSocketAddress reached = (InetSocketAddress) connecting.join().remoteAddress();
            System.out.println(reached.getAddress().getHostAddress());
        }
    }

    /** Runs it with the host names of a file. Returns the address that it printed. */
    static String run(Path hosts) throws Exception {
        return ChildJvm.runWell(List.of("-Djdk.net.hosts.file=" + hosts), NamedHost.class);
    }
}
