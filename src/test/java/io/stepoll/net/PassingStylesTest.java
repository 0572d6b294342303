package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.ReadinessHandler;
import io.stepoll.internal.sys.Descriptors;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Descriptors passed in handlers, and with deadlines, on Unix streams and seqpacket sockets. */
@Timeout(60)
class PassingStylesTest extends DatagramFixture {
    private static final Duration SHORT = Duration.ofMillis(20);

    private final List<Integer> numbers = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private int passed;

    @BeforeEach
    void openPassed() {
        passed = Descriptors.eventfd();
    }

    private void closeAll() {
        Descriptors.close(passed);
        numbers.forEach(Descriptors::close);
    }

    @Test
    void streamHandler() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        ByteBuffer buffer = ByteBuffer.allocate(100);
        ReadinessHandler taker = descriptor -> {
            int count = pair[1].readPassedNow(buffer.clear(), numbers::add);
            texts.add(count < 0 ? "end" : textOf(buffer));
            if (count < 0) {
                descriptor.close();
            }
        };
        pair[1].descriptor().handle(taker, true, false);
        assertEquals(0, pair[1].readPassedNow(buffer, numbers::add));
        pair[0].descriptor().sendNow(text("a"));
        assertEquals(2, pair[0].writePassingNow(text("bc"), passed, passed));
        pair[0].descriptor().sendNow(text("d"));
        pair[0].close();
        loop.runUntilDone();
        assertEquals("abcdend", String.join("", texts));
        assertEquals(2, numbers.size());
        closeAll();
    }

    @Test
    void seqpacketHandler() throws Exception {
        SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
        ByteBuffer buffer = ByteBuffer.allocate(100);
        ReadinessHandler taker = descriptor -> {
            int length = pair[1].readPassedNow(buffer.clear(), numbers::add);
            texts.add(length < 0 ? "end" : textOf(buffer));
            if (length < 0) {
                descriptor.close();
            }
        };
        pair[1].descriptor().handle(taker, true, false);
        assertEquals(SeqpacketSocket.NOTHING, pair[1].readPassedNow(buffer, numbers::add));
        assertTrue(pair[0].writePassingNow(text("one"), passed));
        assertTrue(pair[0].writePassingNow(text(""), passed));
        assertTrue(pair[0].writeNow(text("two")));
        pair[0].close();
        loop.runUntilDone();
        assertEquals(List.of("one", "", "two", "end"), texts);
        assertEquals(2, numbers.size());
        closeAll();
    }

    /** Nothing goes where there is no room, not in part, and not the descriptor either. */
    @Test
    void noRoom() throws Exception {
        StreamSocket[] streams = StreamSocket.pair(loop);
        ByteBuffer much = ByteBuffer.allocate(10_000_000);
        streams[0].descriptor().sendNow(much);
        ByteBuffer one = text("x");
        assertEquals(0, streams[0].writePassingNow(one, passed));
        assertEquals(1, one.remaining());
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        while (records[0].writeNow(ByteBuffer.allocate(10_000))) {
            assertTrue(records[0].isOpen());
        }
        assertEquals(false, records[0].writePassingNow(one, passed));
        assertEquals(1, one.remaining());
        inTask(() -> {
            assertThrows(SocketTimeoutException.class, () -> streams[0].writePassing(one, SHORT, passed));
            assertThrows(SocketTimeoutException.class, () -> records[0].writePassing(one, SHORT, passed));
            return null;
        });
        ByteBuffer drained = ByteBuffer.allocate(1 << 20);
        while (streams[1].readPassedNow(drained.clear(), numbers::add) > 0) {
            assertEquals(0, numbers.size());
        }
        while (records[1].readPassedNow(drained.clear(), numbers::add) != SeqpacketSocket.NOTHING) {
            assertEquals(0, numbers.size());
        }
        closeAll();
    }

    /** The sockets stay usable. */
    @Test
    void readWithADeadline() throws Exception {
        StreamSocket[] streams = StreamSocket.pair(loop);
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        ByteBuffer buffer = ByteBuffer.allocate(10);
        inTask(() -> {
            assertThrows(SocketTimeoutException.class, () -> streams[1].readPassed(buffer, numbers::add, SHORT));
            assertThrows(SocketTimeoutException.class, () -> records[1].readPassed(buffer, numbers::add, SHORT));
            streams[0].writePassing(text("s"), passed);
            records[0].writePassing(text("r"), Duration.ofMinutes(1), passed);
            assertEquals(1, streams[1].readPassed(buffer, numbers::add, Duration.ofMinutes(1)));
            assertEquals(1, records[1].readPassed(buffer, numbers::add, null));
            return null;
        });
        assertText("sr", buffer);
        assertEquals(2, numbers.size());
        closeAll();
    }
}
