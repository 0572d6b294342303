package io.stepoll.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Task;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.support.RunningLoop;
import io.stepoll.support.VirtualTimeFixture;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedMessageTest extends VirtualTimeFixture {
    private static final int MANY = 50;

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String read(StreamSocket socket, int count) throws Exception {
        ByteBuffer all = ByteBuffer.allocate(count);
        while (all.hasRemaining() && socket.read(all) >= 0) {
            // and so on
        }
        return StandardCharsets.US_ASCII.decode(all.flip()).toString();
    }

    /** The queues need one buffer of the pool together, until the last of them has sent it. */
    @Test
    void oneMessageForManyQueues() throws Exception {
        String text = "news ".repeat(60_000);
        List<StreamSocket> ends = new ArrayList<>();
        List<WriteQueue> queues = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            ends.add(pair[0]);
            ends.add(pair[1]);
            queues.add(WriteQueue.over(pair[0]));
        }
        int[] told = new int[1];
        ByteBuffer source = bytes(text);
        long one;
        try (SharedMessage message = SharedMessage.copyOf(loop, source)) {
            assertEquals(text.length(), source.remaining());
            assertEquals(text.length(), message.length());
            one = loop.buffers().takenBytes();
            for (WriteQueue queue : queues) {
                assertTrue(queue.write(message, () -> told[0]++));
            }
            Loops.steps(loop, 2);
        }
        assertTrue(queues.stream().mapToLong(WriteQueue::pendingBytes).sum() > 0, "not all has gone yet");
        assertEquals(one, loop.buffers().takenBytes());
        List<Task<String>> readers = new ArrayList<>();
        for (int i = 1; i < ends.size(); i += 2) {
            StreamSocket end = ends.get(i);
            readers.add(loop.spawn(() -> read(end, text.length())));
        }
        loop.runUntilDone();
        for (Task<String> reader : readers) {
            assertEquals(text, reader.join());
        }
        assertEquals(MANY, told[0]);
        assertEquals(0, loop.buffers().takenBytes());
        ends.forEach(StreamSocket::close);
    }

    @Test
    void betweenCopies() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        WriteQueue queue = WriteQueue.over(pair[0]);
        try (SharedMessage message = SharedMessage.copyOf(loop, bytes("shared ")); //
                SharedMessage empty = SharedMessage.copyOf(loop, bytes(""))) {
            queue.write(bytes("copied "));
            queue.write(message);
            queue.write(empty);
            queue.write(bytes("copied again "));
            queue.write(message);
        }
        assertEquals("copied shared copied again shared ", inTask(() -> read(pair[1], 34)));
        assertEquals(0, loop.buffers().takenBytes());
        pair[0].close();
        pair[1].close();
    }

    /** What does not go gives its memory back, too. */
    @Test
    void aCut() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        WriteQueue queue = WriteQueue.over(pair[0]);
        try (SharedMessage message = SharedMessage.copyOf(loop, bytes("x".repeat(1 << 20)))) {
            queue.write(message);
        }
        loop.step(false);
        assertTrue(loop.buffers().takenBytes() > 0);
        queue.cut();
        loop.step(false);
        assertEquals(0, loop.buffers().takenBytes());
        pair[1].close();
    }

    @Test
    void usersCloseItOnce() {
        SharedMessage message = SharedMessage.copyOf(loop, bytes("a"));
        message.retain().close();
        message.close();
        assertEquals(0, loop.buffers().takenBytes());
        assertThrows(IllegalStateException.class, message::close);
        assertThrows(IllegalStateException.class, message::retain);
        assertEquals("SharedMessage[1 bytes]", message.toString());
    }

    /** The last user, a queue of another loop, hands the memory back to the loop that it came from. */
    @Test
    void onSeveralLoops() throws Exception {
        try (RunningLoop one = new RunningLoop(); RunningLoop two = new RunningLoop()) {
            String received = one.call(() -> {
                try (SharedMessage message = SharedMessage.copyOf(one.loop(), bytes("across loops"))) {
                    message.retain();
                    return two.loop().spawn(() -> {
                        StreamSocket[] pair = StreamSocket.pair(two.loop());
                        StreamSocket near = pair[0];
                        StreamSocket far = pair[1];
                        try (message; near; far) {
                            WriteQueue.over(near).write(message);
                            return read(far, message.length());
                        }
                    });
                }
            }).join();
            assertEquals("across loops", received);
            Looks.until(() -> one.call(() -> one.loop().buffers().takenBytes()) == 0);
        }
    }

    @Test
    void onAnotherThreadNoneIsMade() throws Exception {
        try (RunningLoop other = new RunningLoop()) {
            other.call(() -> 0);
            assertThrows(WrongThreadException.class, () -> SharedMessage.copyOf(other.loop(), bytes("a")));
        }
    }
}
