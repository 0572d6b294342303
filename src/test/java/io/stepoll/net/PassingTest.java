package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Descriptors passed over Unix sockets: they arrive with their bytes, in the middle of a stream, and work. */
@Timeout(60)
class PassingTest {
    /** Each number comes with the bytes it was sent with; what is before and behind arrives as well. */
    @Test
    void inTheMiddleOfAStream() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            StreamSocket[] passed = StreamSocket.pair(loop);
            Task<String> task = loop.spawn(() -> {
                pair[0].write(ByteBuffer.wrap("before ".getBytes()));
                pair[0].writePassing(ByteBuffer.wrap("with ".getBytes()), passed[1].descriptor().fd());
                pair[0].write(ByteBuffer.wrap("after".getBytes()));
                List<Integer> numbers = new ArrayList<>();
                StringBuilder text = new StringBuilder();
                ByteBuffer buffer = ByteBuffer.allocate(64);
                while (text.length() < "before with after".length()) {
                    pair[1].readPassed(buffer.clear(), numbers::add);
                    text.append(new String(buffer.array(), 0, buffer.position()));
                }
                assertEquals(1, numbers.size());
                passed[1].close();
                StreamSocket received = StreamSocket.of(loop, numbers.getFirst());
                passed[0].write(ByteBuffer.wrap("through".getBytes()));
                received.read(buffer.clear());
                received.close();
                return text + " " + new String(buffer.array(), 0, buffer.position());
            });
            loop.runUntilDone();
            assertEquals("before with after through", task.join());
        }
    }

    /** A plain read drops them, and what is behind still comes, though the read stops short at them. */
    @Test
    void plainReadsStopShortAndGoOn() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            int some = Descriptors.eventfd();
            Task<Integer> task = loop.spawn(() -> {
                for (int i = 0; i < 10; i++) {
                    pair[0].writePassing(ByteBuffer.allocate(3), some, some);
                    pair[0].write(ByteBuffer.allocate(4));
                }
                int received = 0;
                ByteBuffer buffer = ByteBuffer.allocate(1000);
                while (received < 70) {
                    received += pair[1].read(buffer.clear());
                }
                return received;
            });
            loop.runUntilDone();
            assertEquals(70, task.join());
            Descriptors.close(some);
        }
    }

    @Test
    void badUse() throws Exception {
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            Task<Void> task = loop.spawn(() -> {
                ByteBuffer one = ByteBuffer.allocate(1);
                assertThrows(IllegalArgumentException.class, () -> pair[0].writePassing(one));
                assertThrows(IllegalArgumentException.class, () -> pair[0].writePassing(one, new int[254]));
                assertThrows(IllegalArgumentException.class, () -> pair[0].writePassing(ByteBuffer.allocate(0), 1));
                IOException closed = assertThrows(IOException.class, () -> pair[0].writePassing(one, 1_000_000));
                assertEquals(9, assertInstanceOf(SystemCallFailure.class, closed).errno());
                StreamSocket tcp = StreamSocket.connect(loop, (InetSocketAddress) listener.localAddress());
                assertTrue(tcp.isOpen());
                tcp.close();
            });
            loop.runUntilDone();
            try {
                task.join();
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause());
            }
        }
    }
}
