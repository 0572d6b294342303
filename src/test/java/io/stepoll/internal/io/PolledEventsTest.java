package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many events a poll takes, and which it asks for. */
@Timeout(60)
class PolledEventsTest {
    private static final int FIRST_CAPACITY = 256;

    /** A poll that fills the array of events doubles it. So 256 events, and then all the others, are two polls. */
    @Test
    void theArrayOfEventsGrows() throws Exception {
        int[] writers = new int[3 * FIRST_CAPACITY];
        try (EventLoop loop = EventLoop.open()) {
            Poller poller = Loop.of(loop).poller();
            for (int i = 0; i < writers.length; i++) {
                int[] ends = RawSockets.pair();
                writers[i] = ends[1];
                loop.own(ends[0]).handle(ready -> ready.tryRead(ByteBuffer.allocate(8)), true, false);
            }
            loop.step(false);
            for (int writer : writers) {
                RawSockets.check(RawSockets.send(writer, 1));
            }
            long before = poller.dispatched();
            loop.step(false);
            assertEquals(FIRST_CAPACITY, poller.dispatched() - before);
            loop.step(false);
            assertEquals(writers.length, poller.dispatched() - before);
        } finally {
            for (int writer : writers) {
                RawSockets.close(writer);
            }
        }
    }

    /**
     * When a task's write has had to wait and has ended, room in the socket is reported to nobody, and ends no sleep.
     */
    @Test
    void aWriteThatHasEndedIsNotToldOfRoom() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Poller poller = Loop.of(loop).poller();
            RawSockets.smallSendBuffer(ends[0], 4096);
            Descriptor owned = loop.own(ends[0]);
            Task<Integer> writer = loop.spawn(() -> owned.write(ByteBuffer.allocate(20_000)));
            loop.step(false);
            while (!writer.isDone()) {
                RawSockets.recv(ends[1]);
                loop.step(false);
            }
            loop.step(false); // takes what was reported so far; the last bytes are still in the socket
            long before = poller.dispatched();
            assertTrue(RawSockets.recv(ends[1]) > 0);
            loop.step(false);
            assertEquals(before, poller.dispatched());
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /**
     * Unread input of a shared descriptor, for which nobody waits, does not keep a loop busy whose task waits to write.
     */
    @Test
    void aWriterIsNotWokenByInput() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Poller poller = Loop.of(loop).poller();
            RawSockets.smallSendBuffer(ends[0], 4096);
            RawSockets.check(RawSockets.send(ends[1], 1));
            Descriptor shared = loop.adopt(ends[0]);
            while (shared.tryWrite(ByteBuffer.allocate(2048)) > 0) {
                Thread.onSpinWait();
            }
            boolean[] told = new boolean[1];
            loop.spawn(() -> {
                shared.awaitWritable();
                told[0] = true;
            });
            loop.step(false);
            long before = poller.polls();
            loop.callLater(Duration.ofMillis(30), () -> {});
            loop.step(true); // ends when the timer is due
            loop.step(false);
            assertTrue(poller.polls() - before <= 3, () -> poller.polls() - before + " polls");
            while (RawSockets.recv(ends[1]) > 0) {
                Thread.onSpinWait();
            }
            while (!told[0]) {
                loop.step(true);
            }
        } finally {
            RawSockets.close(ends[1]);
        }
    }
}
