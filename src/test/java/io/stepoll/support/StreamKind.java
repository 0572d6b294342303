package io.stepoll.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
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

/** The kinds of stream sockets that a test may use. */
public enum StreamKind {
    TCP, TCP6, UNIX;

    /** More bytes than the kernel's buffers of a connection take. */
    public static final int MUCH = 32 << 20;

    /** An address to listen on that no other test has. */
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

    /**
     * Returns two sockets that are connected to each other. Both belong to the loop, which must not be running: it runs
     * here until it is done.
     */
    public StreamSocket[] connect(EventLoop loop) throws Exception {
        SocketAddress address = fresh();
        Task<StreamSocket[]> task = loop.spawn(() -> connect(loop, address));
        loop.runUntilDone();
        return task.join();
    }

    /** Returns two sockets that are connected to each other, the client first. In a task. */
    public static StreamSocket[] connect(EventLoop loop, SocketAddress address) throws IOException {
        try (Listener listener = Listener.bind(loop, address)) {
            StreamSocket client = StreamSocket.connect(loop, listener.localAddress());
            return new StreamSocket[] {client, listener.accept()};
        }
    }
}
