package io.stepoll;

import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A child's main: connects to a name whose second address alone has a listener, and says where it got to. */
public final class NamedHost {
    private NamedHost() {}

    /** Prints the address. */
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

    /** Runs it with names from a file. Returns what it printed. */
    public static String run(Path hosts) throws Exception {
        return ChildJvm.runWell(List.of("-Djdk.net.hosts.file=" + hosts), NamedHost.class);
    }
}
