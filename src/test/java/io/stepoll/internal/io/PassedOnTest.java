package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.net.LinuxSocketOptions;
import io.stepoll.net.SeqpacketSocket;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Libc;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A descriptor of a loop that somebody else has, too, by SCM_RIGHTS. Here the other holder is this process itself. To
 * the kernel this makes no difference.
 */
@Timeout(60)
class PassedOnTest {
    private static final int ROUNDS = 50;
    private static final int STEPS = 5;

    private static void steps(EventLoop loop) {
        Loops.steps(loop, STEPS);
    }

    private static StreamSocket[] pair(EventLoop loop, String kind) throws Exception {
        return kind.equals("unix") ? StreamSocket.pair(loop) : StreamKind.TCP.connect(loop);
    }

    /** Passes the socket's descriptor on. Returns the number that the other holder has for it. */
    private static int pass(EventLoop loop, StreamSocket socket) throws Exception {
        SeqpacketSocket[] way = SeqpacketSocket.pair(loop);
        way[1].setOption(LinuxSocketOptions.SO_PASSRIGHTS, true);
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

    /**
     * The descriptor is closed here and used there. No event of it comes any more. None goes to the descriptor that has
     * its place and number now.
     */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void closedHereAndUsedThere(String kind) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = pair(loop, kind);
            int peer = pair[1].descriptor().disown();
            int number = pair[0].descriptor().fd();
            int other = pass(loop, pair[0]);
            pair[0].close();
            Looks.until(() -> Descriptors.getStatusFlags(number) < 0); // another thread closes what is shared
            StreamSocket[] next = StreamSocket.pair(loop);
            assertTrue(next[0].descriptor().fd() == number || next[1].descriptor().fd() == number,
                    "the number is in use again");
            List<Task<Integer>> readers = new ArrayList<>();
            for (StreamSocket socket : next) {
                readers.add(loop.spawn(() -> socket.read(ByteBuffer.allocate(1))));
            }
            steps(loop);
            Poller poller = Loop.of(loop).poller();
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
            assertEquals(events, poller.dispatched(), "events of a descriptor that the loop does not own any more");
            long polls = poller.polls();
            loop.callLater(Duration.ofMillis(20), () -> { });
            loop.step(true); // sleeps until the timer is due, as nothing wakes it earlier
            loop.step(false);
            assertTrue(poller.polls() <= polls + 3, () -> poller.polls() - polls + " polls");
            readers.forEach(reader -> assertFalse(reader.isDone()));
            RawSockets.close(other);
        }
    }

    /** Both use the descriptor. Each gets what the other leaves, also a reader that waited before it was passed. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void usedByBoth(String kind) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = pair(loop, kind);
            int peer = pair[1].descriptor().disown();
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

    /** The loop calls a handler for bytes that were there when the descriptor was passed on, and for later ones. */
    @Test
    void handledBeforeAndAfterPassing() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            int peer = pair[1].descriptor().disown();
            int[] received = new int[1];
            pair[0].descriptor().handle(
                    descriptor -> received[0] += Math.max(0, descriptor.tryRead(ByteBuffer.allocate(2))), true, false);
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

    /** Passing a descriptor that is not the loop's changes nothing. */
    @Test
    void notOnTheLoop() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            LoopDescriptors descriptors = LoopDescriptors.of(loop);
            descriptors.shareIfHere(1_000_000);
            int[] raw = RawSockets.pair();
            descriptors.shareIfHere(raw[0]);
            RawSockets.close(raw[0]);
            RawSockets.close(raw[1]);
        }
    }
}
