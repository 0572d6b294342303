package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.stepoll.internal.memory.LoopBuffers;
import io.stepoll.support.AllocatedBytes;
import io.stepoll.support.VirtualTimeFixture;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rings of a write queue. What goes needs no memory: else a full heap would lose a completion, or a buffer. */
@Timeout(60)
class QueueRingsTest extends VirtualTimeFixture {
    private static final int MANY = 1000;
    private static final int ROUNDS = 2; // the first one loads classes

    private final AllocatedBytes allocatedBytes = new AllocatedBytes();

    @Test
    void messagesThatGo() {
        QueuedMessages messages = new QueuedMessages();
        WriteCompletion completion = () -> {};
        long bytes = -1;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < MANY; i++) {
                messages.reserve();
                messages.add(i, i, completion);
            }
            assertEquals(MANY, messages.count());
            assertEquals(0, messages.firstEnd());
            long before = allocatedBytes.now();
            while (!messages.isEmpty()) {
                assertSame(completion, messages.removeFirst());
            }
            bytes = allocatedBytes.now() - before;
        }
        assertEquals(0, bytes);
    }

    @Test
    void piecesThatGo() {
        QueuedPieces pieces = new QueuedPieces((LoopBuffers) loop.buffers());
        long bytes = -1;
        try (SharedMessage message = SharedMessage.copyOf(loop, ByteBuffer.allocate(3))) {
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < MANY; i++) {
                    message.retain();
                    pieces.add(message);
                }
                assertEquals(MANY, pieces.count());
                pieces.gone(3L * MANY - 1);
                assertEquals(1, pieces.length(0));
                long before = allocatedBytes.now();
                pieces.gone(1);
                bytes = allocatedBytes.now() - before;
                assertEquals(0, pieces.count());
                assertEquals(0, pieces.views(1).length);
            }
        }
        assertEquals(0, bytes);
        assertEquals(0, loop.buffers().takenBytes());
    }
}
