package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.WouldBlockException;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.net.SeqpacketSocket;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that do not wait, and calls with flags, on each kind of stream socket. */
@Timeout(60)
class FlagsTest {
    private EventLoop loop;
    /** Keeps the sockets of the test reachable. */
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
        TaskResults.of(loop, loop.spawn(() -> socket.awaitReadable()));
    }

    @ParameterizedTest
    @EnumSource
    void nothingThere(StreamKind kind) throws Exception {
        Descriptor[] ends = connect(kind);
        ByteBuffer buffer = ByteBuffer.allocate(8);
        for (int flags : new int[] {Descriptor.MSG_DONTWAIT, Descriptor.MSG_PEEK}) {
            WouldBlockException nothing = assertThrows(WouldBlockException.class,
                    () -> ends[0].recv(buffer, flags));
            assertEquals(0, nothing.bytesTransferred());
            assertTrue(nothing.getMessage().contains("recv on ") && nothing.getMessage().contains("would block"),
                    nothing::getMessage);
        }
        assertEquals(Descriptor.WOULD_BLOCK, ends[0].tryRead(buffer));
        assertEquals(0, buffer.position());
    }

    /** A peek leaves the bytes in the socket. A read that does not wait takes them, and the next read gets the rest. */
    @ParameterizedTest
    @EnumSource
    void somethingThere(StreamKind kind) throws Exception {
        Descriptor[] ends = connect(kind);
        assertEquals(Descriptor.WOULD_BLOCK, ends[0].tryRead(ByteBuffer.allocate(8)));
        assertEquals(6, ends[1].tryWrite(ByteBuffer.wrap("abcdef".getBytes())));
        awaitReadable(ends[0]);
        ByteBuffer all = ByteBuffer.allocate(20);
        assertEquals(6, ends[0].recv(all, Descriptor.MSG_PEEK));
        assertEquals(2, ends[0].recv(all.limit(8), Descriptor.MSG_DONTWAIT));
        assertEquals(3, ends[0].tryRead(all.limit(11)));
        assertEquals(1, ends[0].recv(all.limit(20), Descriptor.MSG_PEEK | Descriptor.MSG_DONTWAIT));
        assertEquals(1, ends[0].recv(all, Descriptor.MSG_DONTWAIT));
        assertEquals("abcdefabcdeff", new String(all.array(), 0, all.position()));
        assertEquals(Descriptor.WOULD_BLOCK, ends[0].tryRead(all));
        ends[1].close();
        awaitReadable(ends[0]);
        assertEquals(-1, ends[0].recv(all, Descriptor.MSG_PEEK));
        assertEquals(-1, ends[0].recv(all, Descriptor.MSG_DONTWAIT));
        assertEquals(-1, ends[0].tryRead(all));
    }

    /** The exception says how many bytes went. They all arrive, and the rest goes when there is room. */
    @ParameterizedTest
    @EnumSource
    void noRoom(StreamKind kind) throws Exception {
        Descriptor[] ends = connect(kind);
        ByteBuffer much = ByteBuffer.allocateDirect(StreamKind.MUCH);
        WouldBlockException full =
                assertThrows(WouldBlockException.class, () -> ends[0].send(much, Descriptor.MSG_DONTWAIT));
        assertTrue(full.bytesTransferred() > 0);
        assertEquals(much.position(), full.bytesTransferred());
        int rest = much.remaining();
        Task<Integer> sender = loop.spawn(() -> ends[0].write(much));
        Task<Long> reader = loop.spawn(() -> {
            long received = 0;
            for (ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16); received < StreamKind.MUCH; buffer.clear()) {
                received += ends[1].read(buffer);
            }
            return received;
        });
        loop.runUntilDone();
        assertEquals(rest, sender.join());
        assertEquals(StreamKind.MUCH, reader.join());
        assertEquals(Descriptor.WOULD_BLOCK, ends[1].tryRead(ByteBuffer.allocate(1)));
    }

    /** Of MSG_TRUNC, tcp(7) drops bytes and says that they came. The caller would get what another call has left. */
    @ParameterizedTest
    @EnumSource
    void truncationOfAStreamIsRefused(StreamKind kind) throws Exception {
        Descriptor[] ends = connect(kind);
        assertEquals(6, ends[1].tryWrite(ByteBuffer.wrap("secret".getBytes())));
        awaitReadable(ends[0]);
        assertEquals(6, ends[0].tryRead(ByteBuffer.allocate(6)));
        assertEquals(6, ends[1].tryWrite(ByteBuffer.wrap("public".getBytes())));
        awaitReadable(ends[0]);
        ByteBuffer target = ByteBuffer.allocate(6);
        for (int flags : new int[] {Datagrams.MSG_TRUNC, Datagrams.MSG_TRUNC | Descriptor.MSG_PEEK}) {
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> ends[0].recv(target, flags));
            assertTrue(refused.getMessage().contains("MSG_TRUNC"), refused::getMessage);
        }
        assertEquals(6, ends[0].tryRead(target));
        assertEquals("public", new String(target.array()));
    }

    /** A stream that was adopted by number is one as well. */
    @Test
    void truncationOfAnAdoptedStreamIsRefused() throws Exception {
        int[] numbers = RawSockets.pair();
        Descriptor stream = loop.adopt(numbers[0]);
        assertThrows(IllegalArgumentException.class, () -> stream.recv(ByteBuffer.allocate(1), Datagrams.MSG_TRUNC));
        stream.close();
        RawSockets.close(numbers[1]);
    }

    /** The result is the length of the message. Only what has come of it is in the buffer, and nothing behind that. */
    @Test
    void truncationOfAMessage() throws Exception {
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        Descriptor reader = records[0].descriptor();
        records[1].tryWrite(ByteBuffer.wrap("0123456789".getBytes()));
        records[1].tryWrite(ByteBuffer.wrap("abcdef".getBytes()));
        awaitReadable(reader);
        for (ByteBuffer target : new ByteBuffer[] {ByteBuffer.allocate(10), ByteBuffer.allocateDirect(10)}) {
            assertEquals(10, reader.recv(target.limit(4), Datagrams.MSG_TRUNC | Descriptor.MSG_PEEK));
            assertEquals(4, target.position());
            assertEquals("0123\0\0\0\0\0\0", StandardCharsets.UTF_8.decode(target.clear()).toString());
        }
        assertEquals(10, reader.recv(ByteBuffer.allocate(4), Datagrams.MSG_TRUNC));
        assertEquals(6, reader.recv(ByteBuffer.allocate(4), Datagrams.MSG_TRUNC));
    }
}
