package io.stepoll.net;

import io.stepoll.LoopGroup;
import io.stepoll.support.LogCapture;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Two loops for the servers of a test, what the log gets, and what a failure hook is told. */
abstract class ServerFixture {
    static final SocketAddress ANY = Addresses.parse("tcp:127.0.0.1:0");

    final LogCapture log = new LogCapture();
    final BlockingQueue<Failure> told = new LinkedBlockingQueue<>();
    LoopGroup group;

    /** What the hook was told. */
    record Failure(SocketAddress peer, Throwable thrown) {}

    @BeforeEach
    final void open() throws IOException {
        group = LoopGroup.open(2);
    }

    @AfterEach
    final void close() {
        group.close();
        log.close();
    }

    /** The failure hook. */
    final void tell(SocketAddress peer, Throwable thrown) {
        told.add(new Failure(peer, thrown));
    }

    static SocketChannel connect(Server server) throws IOException {
        return SocketChannel.open(server.localAddress());
    }
}
