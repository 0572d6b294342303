package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Descriptors passed over Unix stream sockets in tasks: each arrives with its bytes, and works. */
@Timeout(60)
class PassingTest extends SocketFixture {
    /** The bytes before and after those of the descriptor arrive, too. */
    @Test
    void inTheMiddleOfAStream() throws Exception {
        StreamSocket[] pair = passingPair();
        StreamSocket[] passed = StreamSocket.pair(loop);
        inTask(() -> {
            pair[0].write(text("before "));
            pair[0].writePassing(text("with "), passed[1].descriptor().fd());
            pair[0].write(text("after"));
            List<Integer> numbers = new ArrayList<>();
            StringBuilder received = new StringBuilder();
            ByteBuffer buffer = ByteBuffer.allocate(64);
            while (received.length() < "before with after".length()) {
                pair[1].readPassed(buffer.clear(), numbers::add);
                received.append(textOf(buffer));
            }
            assertEquals("before with after", received.toString());
            assertEquals(1, numbers.size());
            passed[1].close();
            StreamSocket arrived = StreamSocket.own(loop, numbers.getFirst());
            passed[0].write(text("through"));
            arrived.read(buffer.clear());
            assertText("through", buffer);
            arrived.close();
        });
    }

    /** A plain read closes passed descriptors. It stops where their bytes end, and the next read goes on there. */
    @Test
    void plainReadsStopShortAndGoOn() throws Exception {
        StreamSocket[] pair = passingPair();
        int some = Descriptors.eventfd();
        inTask(() -> {
            for (int i = 0; i < 10; i++) {
                pair[0].writePassing(ByteBuffer.allocate(3), some, some);
                pair[0].write(ByteBuffer.allocate(4));
            }
            int received = 0;
            ByteBuffer buffer = ByteBuffer.allocate(1000);
            while (received < 70) {
                received += pair[1].read(buffer.clear());
            }
            assertEquals(70, received);
        });
        Descriptors.close(some);
    }

    @Test
    void wrongUseIsRefused() throws Exception {
        StreamSocket[] pair = passingPair();
        inTask(() -> {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertThrows(IllegalArgumentException.class, () -> pair[0].writePassing(one));
            assertThrows(IllegalArgumentException.class, () -> pair[0].writePassing(one, new int[254]));
            assertThrows(IllegalArgumentException.class, () -> pair[0].writePassing(ByteBuffer.allocate(0), 1));
            IOException closed = assertThrows(IOException.class, () -> pair[0].writePassing(one, 1_000_000));
            assertEquals(Errno.EBADF, assertInstanceOf(SystemCallFailure.class, closed).errno());
            assertEquals(1, pair[0].write(one));
            assertEquals(1, pair[1].read(ByteBuffer.allocate(9)), "only the last byte was sent");
        });
    }
}
