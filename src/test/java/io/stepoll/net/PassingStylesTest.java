package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Descriptors passed in handlers, and with timeouts, on Unix stream and seqpacket sockets. */
@Timeout(60)
class PassingStylesTest extends PassingFixture {
    private static final Duration SHORT = Duration.ofMillis(20);

    private final List<String> texts = new ArrayList<>();

    /** The tryReadPassed of a socket. */
    private interface PassedReader {
        int tryReadPassed(ByteBuffer target, IntConsumer passed) throws IOException;
    }

    /** Returns a handler that collects texts and numbers until the end, and then closes. */
    private ReadinessHandler collector(PassedReader socket) {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        return descriptor -> {
            int length = socket.tryReadPassed(buffer.clear(), numbers::add);
            if (length >= 0) {
                texts.add(textOf(buffer));
            } else if (length != Descriptor.WOULD_BLOCK) {
                texts.add("end");
                descriptor.close();
            }
        };
    }

    @Test
    void streamHandler() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        pair[1].descriptor().handle(collector(pair[1]::tryReadPassed), true, false);
        assertEquals(Descriptor.WOULD_BLOCK, pair[1].tryReadPassed(ByteBuffer.allocate(100), numbers::add));
        assertEquals(1, pair[0].tryWrite(text("a")));
        assertEquals(2, pair[0].tryWritePassing(text("bc"), passed, passed));
        assertEquals(1, pair[0].tryWrite(text("d")));
        pair[0].close();
        loop.runUntilDone();
        assertEquals("abcdend", String.join("", texts));
        assertEquals(2, numbers.size());
    }

    @Test
    void seqpacketHandler() throws Exception {
        SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
        pair[1].descriptor().handle(collector(pair[1]::tryReadPassed), true, false);
        assertEquals(Descriptor.WOULD_BLOCK, pair[1].tryReadPassed(ByteBuffer.allocate(100), numbers::add));
        assertEquals(3, pair[0].tryWritePassing(text("one"), passed));
        assertEquals(0, pair[0].tryWritePassing(text(""), passed));
        assertEquals(3, pair[0].tryWrite(text("two")));
        pair[0].close();
        loop.runUntilDone();
        assertEquals(List.of("one", "", "two", "end"), texts);
        assertEquals(2, numbers.size());
    }

    /** Without room neither bytes nor descriptors are sent. */
    @Test
    void nothingIsPassedWithoutRoom() throws Exception {
        StreamSocket[] streams = StreamSocket.pair(loop);
        ByteBuffer much = ByteBuffer.allocate(10_000_000);
        assertTrue(streams[0].tryWrite(much) > 0 && much.hasRemaining());
        ByteBuffer one = text("x");
        assertEquals(Descriptor.WOULD_BLOCK, streams[0].tryWritePassing(one, passed));
        assertEquals(1, one.remaining());
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        while (records[0].tryWrite(ByteBuffer.allocate(10_000)) != Descriptor.WOULD_BLOCK) {
            assertTrue(records[0].isOpen());
        }
        assertEquals(Descriptor.WOULD_BLOCK, records[0].tryWritePassing(one, passed));
        assertEquals(1, one.remaining());
        inTask(() -> {
            assertThrows(SocketTimeoutException.class, () -> streams[0].writePassing(one, SHORT, passed));
            assertThrows(SocketTimeoutException.class, () -> records[0].writePassing(one, SHORT, passed));
        });
        ByteBuffer drained = ByteBuffer.allocate(1 << 20);
        while (streams[1].tryReadPassed(drained.clear(), numbers::add) > 0) {
            assertEquals(0, numbers.size());
        }
        while (records[1].tryReadPassed(drained.clear(), numbers::add) != Descriptor.WOULD_BLOCK) {
            assertEquals(0, numbers.size());
        }
    }

    /** Past a timeout the sockets stay usable. */
    @Test
    void readsWithATimeout() throws Exception {
        StreamSocket[] streams = StreamSocket.pair(loop);
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        ByteBuffer buffer = ByteBuffer.allocate(10);
        inTask(() -> {
            assertThrows(SocketTimeoutException.class, () -> streams[1].readPassed(buffer, numbers::add, SHORT));
            assertThrows(SocketTimeoutException.class, () -> records[1].readPassed(buffer, numbers::add, SHORT));
            streams[0].writePassing(text("s"), passed);
            records[0].writePassing(text("r"), Duration.ofMinutes(1), passed);
            assertEquals(1, streams[1].readPassed(buffer, numbers::add, Duration.ofMinutes(1)));
            assertEquals(1, records[1].readPassed(buffer, numbers::add, ChronoUnit.FOREVER.getDuration()));
        });
        assertText("sr", buffer);
        assertEquals(2, numbers.size());
    }
}
