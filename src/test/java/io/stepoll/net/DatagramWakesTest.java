package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each echoed datagram costs one wake-up. The room that the peer makes by reading the answer costs none. */
@Timeout(60)
class DatagramWakesTest {
    private static final int ECHOES = 500;

    @Test
    void anUdpEcho() throws Exception {
        count(Addresses.parse("tcp:127.0.0.1:0"), Addresses.parse("tcp:127.0.0.1:0"));
    }

    @Test
    void aUnixEcho() throws Exception {
        count(AbstractAddress.of("stepoll-" + UUID.randomUUID()), AbstractAddress.of("stepoll-" + UUID.randomUUID()));
    }

    /** The client has a loop of its own, so that only the server's events are counted. */
    private static void count(SocketAddress serverAt, SocketAddress clientAt) throws Exception {
        try (EventLoop loop = EventLoop.open(); EventLoop other = EventLoop.open()) {
            DatagramEndpoint server = DatagramEndpoint.bind(loop, serverAt);
            DatagramEndpoint client = DatagramEndpoint.bind(other, clientAt).connect(server.localAddress());
            loop.spawn(() -> {
                for (ByteBuffer buffer = ByteBuffer.allocateDirect(64);;) {
                    SocketAddress sender = server.receive(buffer.clear());
                    server.send(buffer.flip(), sender);
                }
            });
            loop.step(false);
            Poller poller = Loop.of(loop).poller();
            long polls = poller.polls();
            long dispatched = poller.dispatched();
            for (int i = 0; i < ECHOES; i++) {
                Task<Integer> asked = other.spawn(() -> client.write(ByteBuffer.allocate(8)));
                other.runUntilDone();
                assertEquals(8, asked.join());
                loop.step(true);
                Task<Integer> answered = other.spawn(() -> client.read(ByteBuffer.allocate(64)));
                other.runUntilDone();
                assertEquals(8, answered.join());
            }
            loop.step(false); // for an event that reading the last answer may have caused
            assertEquals(ECHOES, poller.dispatched() - dispatched);
            assertEquals(ECHOES + 1, poller.polls() - polls);
        }
    }
}
