package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several tasks wait for room in one socket. An edge that one of them was told of is another one's as well. */
@Timeout(60)
class SeveralWritersTest {
    private static final int STEPS = 5;

    /**
     * One poll finds room, and wakes a writer. Before the writer's turn another task begins to wait for room. The
     * writer leaves some, so the kernel has nothing new to report.
     */
    @Test
    void aWaitForRoomBeginsBeforeTheWritersTurn() throws Exception {
        int[] full = RawSockets.pair();
        int[] signal = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(full[0]);
            Descriptor other = loop.own(signal[0]);
            while (socket.tryWrite(ByteBuffer.allocate(1 << 16)) > 0) {
                // until it is full
            }
            Task<Integer> writing = loop.spawn(() -> socket.write(ByteBuffer.allocate(1)));
            Loops.steps(loop, STEPS);
            assertFalse(writing.isDone());
            Task<Void> waiting = loop.spawn(() -> { // blocks later than the writer, so it is woken earlier
                other.read(ByteBuffer.allocate(1));
                socket.awaitWritable();
            });
            Loops.steps(loop, STEPS);
            RawSockets.send(signal[1], 1);
            for (int received = 1; received > 0;) {
                received = RawSockets.recv(full[1]);
            }
            Loops.steps(loop, STEPS);
            assertEquals(Task.State.SUCCEEDED, writing.state());
            assertTrue(waiting.isDone());
        } finally {
            RawSockets.close(full[1]);
            RawSockets.close(signal[1]);
        }
    }
}
