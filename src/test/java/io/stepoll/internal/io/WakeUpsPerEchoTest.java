package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.RunningLoop;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An echo costs one wake-up on each kind of stream: one event, and one poll that slept. The test counts them. */
@Timeout(120)
class WakeUpsPerEchoTest {
    private static final int ECHOES = 1000;
    private static final int WARM_UP = 10;
    private static final int BYTES = 100;

    private static SocketAddress address(String kind, Path folder) {
        return Addresses.parse(kind.equals("tcp") ? "tcp:127.0.0.1:0" : "unix:" + folder.resolve("echo"));
    }

    private static Void echo(StreamSocket socket) throws Exception {
        try (socket) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1024);
            while (socket.read(buffer.clear()) >= 0) {
                socket.write(buffer.flip());
            }
            return null;
        }
    }

    private static void await(SocketChannel channel, int bytes) throws Exception {
        for (ByteBuffer buffer = ByteBuffer.allocate(bytes); buffer.hasRemaining();) {
            assertTrue(channel.read(buffer) > 0);
        }
    }

    /** The test steps the loop. No later event follows from an echo, from room for the next message for instance. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void bySteps(String kind, @TempDir Path folder) throws Exception {
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, address(kind, folder))) {
            Task<Void> server = loop.spawn(() -> echo(listener.accept()));
            Poller poller = Loop.of(loop).poller();
            try (SocketChannel client = connect(listener)) {
                for (int i = 0; i < WARM_UP; i++) {
                    loop.step(false); // the task accepts, and waits for the first message
                }
                for (int i = 0; i < ECHOES; i++) {
                    long events = poller.dispatched();
                    assertEquals(BYTES, client.write(ByteBuffer.allocate(BYTES)));
                    loop.step(true);
                    await(client, BYTES);
                    assertEquals(events + 1, poller.dispatched(), "events of echo " + i);
                    loop.step(false);
                    assertEquals(events + 1, poller.dispatched(), "events after echo " + i);
                }
            }
            loop.runUntilDone();
            server.join();
        }
    }

    /** The loop runs beside a client, which sends the next message when the echo has come back. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void besideAClient(String kind, @TempDir Path folder) throws Exception {
        try (RunningLoop running = new RunningLoop()) {
            EventLoop loop = running.loop();
            Listener listener = running.call(() -> Listener.bind(loop, address(kind, folder)));
            Task<Void> server = loop.spawn(() -> echo(listener.accept()));
            Poller poller = Loop.of(loop).poller();
            try (SocketChannel client = running.call(() -> connect(listener))) {
                exchange(client, WARM_UP);
                long events = running.call(poller::dispatched);
                long polls = running.call(poller::polls);
                exchange(client, ECHOES);
                // Each call of the test itself costs an event and some polls, too.
                long eventsOfEchoes = running.call(poller::dispatched) - events;
                long pollsOfEchoes = running.call(poller::polls) - polls;
                assertTrue(eventsOfEchoes >= ECHOES && eventsOfEchoes <= ECHOES + 10, () -> eventsOfEchoes + " events");
                assertTrue(pollsOfEchoes >= ECHOES && pollsOfEchoes <= ECHOES + 20, () -> pollsOfEchoes + " polls");
            }
            server.join();
            running.call(() -> {
                listener.close();
                return null;
            });
        }
    }

    private static SocketChannel connect(Listener listener) throws Exception {
        return SocketChannel.open(listener.localAddress());
    }

    private static void exchange(SocketChannel client, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            assertEquals(BYTES, client.write(ByteBuffer.allocate(BYTES)));
            await(client, BYTES);
        }
    }
}
