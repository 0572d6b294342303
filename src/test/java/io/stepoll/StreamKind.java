package io.stepoll;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.net.AbstractAddress;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** The kinds of stream sockets that a test runs over. */
public enum StreamKind {
    TCP, TCP6, UNIX;

    /** An address to listen at, which nobody else has. */
    public SocketAddress fresh() throws IOException {
        return switch (this) {
            case TCP -> new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
            case TCP6 -> {
                Path addresses = Path.of("/proc/net/if_inet6");
                boolean has = Files.exists(addresses) && !Files.readString(addresses).isEmpty();
                assumeTrue(has, "no IPv6 on this machine");
                yield new InetSocketAddress(InetAddress.getByName("::1"), 0);
            }
            case UNIX -> AbstractAddress.of("stepoll-test-" + UUID.randomUUID());
        };
    }

    /** Two sockets that are connected to each other, both on a loop that does not run: it runs until it is done. */
    public StreamSocket[] connect(EventLoop loop) throws Exception {
        SocketAddress address = fresh();
        Task<StreamSocket[]> task = loop.spawn(() -> connect(loop, address));
        loop.runUntilDone();
        return task.join();
    }

    /** The same in a task. */
    static StreamSocket[] connect(EventLoop loop, SocketAddress address) throws IOException {
        try (Listener listener = Listener.bind(loop, address)) {
            StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
            return new StreamSocket[] {client, listener.accept()};
        }
    }
}
