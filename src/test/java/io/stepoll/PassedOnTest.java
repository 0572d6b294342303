package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.poll.Poller;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.SeqpacketSocket;
import io.stepoll.net.StreamSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A descriptor that is on a loop and that somebody else has as well, by SCM_RIGHTS. Here that is this process once
 * more: to the kernel it makes no difference.
 */
@Timeout(60)
class PassedOnTest {
    private static final int ROUNDS = 50;
    private static final int STEPS = 5;

    private static void steps(EventLoop loop) {
        for (int i = 0; i < STEPS; i++) {
            loop.step(false);
        }
    }

    private static StreamSocket[] pair(EventLoop loop, String kind) throws Exception {
        if (kind.equals("unix")) {
            return StreamSocket.pair(loop);
        }
        try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
            Task<StreamSocket> one = loop.spawn(() -> StreamSocket.connect(loop, listener.localAddress()));
            Task<StreamSocket> other = loop.spawn(() -> listener.accept());
            loop.runUntilDone();
            return new StreamSocket[] {one.join(), other.join()};
        }
    }

    /** Its number with the other holder. */
    private static int pass(EventLoop loop, StreamSocket socket) throws Exception {
        SeqpacketSocket[] way = SeqpacketSocket.pair(loop);
        List<Integer> numbers = new ArrayList<>();
        Task<Void> passing = loop.spawn(() -> {
            way[0].writePassing(ByteBuffer.allocate(1), socket.descriptor().fd());
            way[1].readPassed(ByteBuffer.allocate(1), numbers::add);
        });
        while (!passing.isDone()) {
            loop.step(false);
        }
        passing.join();
        way[0].close();
        way[1].close();
        return numbers.getFirst();
    }

    /** Closed here, it goes on there: no event of it comes, and none goes to whoever has its place and number now. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void closedHereAndUsedThere(String kind) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = pair(loop, kind);
            int peer = loop.disown(pair[1].descriptor());
            int number = pair[0].descriptor().fd();
            int other = pass(loop, pair[0]);
            pair[0].close();
            StreamSocket[] next = StreamSocket.pair(loop);
            assertTrue(next[0].descriptor().fd() == number || next[1].descriptor().fd() == number,
                    "the number is in use again");
            List<Task<Integer>> readers = new ArrayList<>();
            for (StreamSocket socket : next) {
                readers.add(loop.spawn(() -> socket.read(ByteBuffer.allocate(1))));
            }
            steps(loop);
            Poller poller = loop.reactor().poller;
            long events = poller.dispatched();
            for (int i = 0; i < ROUNDS; i++) {
                Libc.write(peer, "more");
                steps(loop);
                assertEquals(4, RawSockets.recv(other));
                RawSockets.send(other, 1);
                steps(loop);
            }
            RawSockets.close(peer);
            steps(loop);
            assertEquals(events, poller.dispatched(), "events of a descriptor that is not on the loop any more");
            long polls = poller.polls();
            loop.callLater(20_000_000, () -> { });
            loop.step(true); // sleeps until then: nothing keeps it from that
            loop.step(false);
            assertTrue(poller.polls() <= polls + 3, () -> poller.polls() - polls + " polls");
            readers.forEach(reader -> assertFalse(reader.isDone()));
            RawSockets.close(other);
        }
    }

    /** While both have it, each gets what the other leaves; one that waited before it was passed, too. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void usedByBoth(String kind) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = pair(loop, kind);
            int peer = loop.disown(pair[1].descriptor());
            StringBuilder received = new StringBuilder();
            loop.spawn(() -> {
                ByteBuffer buffer = ByteBuffer.allocate(3);
                while (pair[0].read(buffer.clear()) >= 0) {
                    received.append(StandardCharsets.UTF_8.decode(buffer.flip()));
                }
                received.append("|");
            });
            steps(loop);
            int other = pass(loop, pair[0]);
            for (int i = 0; i < ROUNDS; i++) {
                Libc.write(peer, "abcdef");
                if (i % 2 == 0) {
                    assertEquals("ab", new String(Libc.read(other, 2), StandardCharsets.UTF_8));
                }
                steps(loop);
                assertEquals(i % 2 == 0 ? "cdef" : "abcdef", received.toString());
                received.setLength(0);
            }
            RawSockets.close(peer);
            steps(loop);
            assertEquals("|", received.toString());
            RawSockets.close(other);
        }
    }

    /** A handler is called for what was left when it was passed, and afterwards. */
    @Test
    void handled() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            int peer = loop.disown(pair[1].descriptor());
            int[] received = new int[1];
            pair[0].descriptor().handle(descriptor -> received[0] += descriptor.recvNow(ByteBuffer.allocate(2)), true,
                    false);
            Libc.write(peer, "abcdef");
            int other = pass(loop, pair[0]);
            steps(loop);
            assertEquals(6, received[0]);
            Libc.write(peer, "gh");
            steps(loop);
            assertEquals(8, received[0]);
            pair[0].close();
            RawSockets.close(peer);
            RawSockets.close(other);
        }
    }

    /** A number that is on no loop is nobody's business here. */
    @Test
    void notOnTheLoop() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.share(1_000_000);
            int[] raw = RawSockets.pair();
            loop.share(raw[0]);
            RawSockets.close(raw[0]);
            RawSockets.close(raw[1]);
        }
    }
}
