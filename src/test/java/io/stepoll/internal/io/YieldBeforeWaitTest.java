package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A task yields before an operation when its budget is used up. What happens during the yield, and is reported once,
 * must not be missed by the wait that follows. The budget here is one operation, so the second one of a task yields.
 */
@Timeout(60)
class YieldBeforeWaitTest {
    private static final int STEPS = 5;

    private EventLoop loop;
    private Descriptor socket;
    private int peer;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().ioBudget(1).open();
        int[] pair = RawSockets.pair();
        socket = loop.own(pair[0]);
        peer = pair[1];
        RawSockets.send(peer, 1);
        loop.step(false);
    }

    @AfterEach
    void close() {
        loop.close();
        RawSockets.close(peer);
    }

    /** In a task: reads all that there is, so that the next operation yields, and what it waits for is not there. */
    private void readAll() throws Exception {
        assertEquals(1, socket.read(ByteBuffer.allocate(2)));
    }

    /** Runs a task, and something else while the task yields. */
    private <T> Task<T> during(Callable<T> body, TaskBody meanwhile) {
        Task<T> task = loop.spawn(body);
        Task<Void> other = loop.spawn(meanwhile);
        Loops.steps(loop, STEPS);
        assertEquals(Task.State.SUCCEEDED, other.state());
        return task;
    }

    @Test
    void awaitReadable() throws Exception {
        Task<Void> waiting = during(() -> {
            readAll();
            socket.awaitReadable();
            return null;
        }, () -> RawSockets.send(peer, 1));
        assertTrue(waiting.isDone());
    }

    @Test
    void awaitRequest() throws Exception {
        Task<Boolean> waiting = during(() -> {
            readAll();
            return socket.awaitRequest();
        }, () -> RawSockets.send(peer, 1));
        assertTrue(waiting.isDone());
        assertTrue(waiting.join());
    }

    @Test
    void theDrainBegins() throws Exception {
        Task<Boolean> waiting = during(() -> {
            readAll();
            return socket.awaitRequest();
        }, () -> Loop.of(loop).descriptors().draining().begin());
        assertTrue(waiting.isDone());
        assertFalse(waiting.join());
    }

    /** A task in the middle of a write does not wait while it yields. Still the descriptor can get no handler then. */
    @Test
    void theDescriptorGetsNoHandler() {
        Task<Integer> writing = during(() -> socket.write(ByteBuffer.allocate(1 << 22)),
                () -> assertThrows(IllegalStateException.class, () -> socket.handle(ready -> {}, true, false)));
        assertFalse(writing.isDone());
    }
}
