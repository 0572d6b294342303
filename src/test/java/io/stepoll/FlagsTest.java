package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.StreamSocket;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that do not wait, and calls with flags, on stream sockets of each kind. */
@Timeout(60)
class FlagsTest {
    /** More than the kernel's buffers take. */
    private static final int MUCH = 32 << 20;

    private EventLoop loop;
    private StreamSocket[] pair;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private Descriptor[] connect(StreamKind kind) throws Exception {
        pair = kind.connect(loop);
        return new Descriptor[] {pair[0].descriptor(), pair[1].descriptor()};
    }

    private void awaitReadable(Descriptor socket) throws Exception {
        Task<Void> task = loop.spawn(() -> socket.awaitReadable());
        loop.runUntilDone();
        task.join();
    }

    @ParameterizedTest
    @EnumSource
    void nothingThere(StreamKind kind) throws Exception {
        Descriptor[] ends = connect(kind);
        ByteBuffer buffer = ByteBuffer.allocate(8);
        for (int flags : new int[] {Descriptor.MSG_DONTWAIT, Descriptor.MSG_PEEK}) {
            WouldBlockException nothing = assertThrows(WouldBlockException.class,
                    () -> loop.recv(ends[0], buffer, flags));
            assertEquals(0, nothing.bytesTransferred());
            assertTrue(nothing.getMessage().contains("recv on ") && nothing.getMessage().contains("would block"),
                    nothing::getMessage);
        }
        assertEquals(0, ends[0].recvNow(buffer));
        assertEquals(0, buffer.position());
    }

    /** A peek takes nothing away; what is behind what is read without waiting is read, too. */
    @ParameterizedTest
    @EnumSource
    void somethingThere(StreamKind kind) throws Exception {
        Descriptor[] ends = connect(kind);
        assertEquals(0, ends[0].recvNow(ByteBuffer.allocate(8)));
        assertEquals(6, ends[1].sendNow(ByteBuffer.wrap("abcdef".getBytes())));
        awaitReadable(ends[0]);
        ByteBuffer all = ByteBuffer.allocate(20);
        assertEquals(6, loop.recv(ends[0], all, Descriptor.MSG_PEEK));
        assertEquals(2, loop.recv(ends[0], all.limit(8), Descriptor.MSG_DONTWAIT));
        assertEquals(3, ends[0].recvNow(all.limit(11)));
        assertEquals(1, loop.recv(ends[0], all.limit(20), Descriptor.MSG_PEEK | Descriptor.MSG_DONTWAIT));
        assertEquals(1, loop.recv(ends[0], all, Descriptor.MSG_DONTWAIT));
        assertEquals("abcdefabcdeff", new String(all.array(), 0, all.position()));
        assertEquals(0, ends[0].recvNow(all));
        ends[1].close();
        awaitReadable(ends[0]);
        assertEquals(-1, loop.recv(ends[0], all, Descriptor.MSG_PEEK));
        assertEquals(-1, loop.recv(ends[0], all, Descriptor.MSG_DONTWAIT));
        assertEquals(-1, ends[0].recvNow(all));
    }

    /** How much went is told; nothing is lost of it, and with room the rest goes. */
    @ParameterizedTest
    @EnumSource
    void noRoom(StreamKind kind) throws Exception {
        Descriptor[] ends = connect(kind);
        ByteBuffer much = ByteBuffer.allocateDirect(MUCH);
        WouldBlockException full =
                assertThrows(WouldBlockException.class, () -> loop.send(ends[0], much, Descriptor.MSG_DONTWAIT));
        assertTrue(full.bytesTransferred() > 0);
        assertEquals(much.position(), full.bytesTransferred());
        int rest = much.remaining();
        Task<Long> sender = loop.spawn(() -> loop.send(ends[0], much));
        Task<Long> reader = loop.spawn(() -> {
            long received = 0;
            for (ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16); received < MUCH; buffer.clear()) {
                received += loop.recv(ends[1], buffer);
            }
            return received;
        });
        loop.runUntilDone();
        assertEquals(rest, sender.join());
        assertEquals(MUCH, reader.join());
        assertEquals(0, ends[1].recvNow(ByteBuffer.allocate(1)));
    }
}
