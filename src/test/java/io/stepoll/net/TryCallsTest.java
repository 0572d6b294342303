package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.TaskBody;
import io.stepoll.support.StreamKind;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that never wait, and the timeouts and the loop of each kind of socket. */
@Timeout(60)
class TryCallsTest extends SocketFixture {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    private void awaitReadable(ByteSocket<?> socket) throws Exception {
        inTask(() -> socket.descriptor().awaitReadable());
    }

    /** The calls work outside of a step as well as in handlers. */
    @ParameterizedTest
    @EnumSource
    void aStream(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        ByteBuffer target = ByteBuffer.allocate(10);
        assertEquals(Descriptor.WOULD_BLOCK, pair[1].tryRead(target));
        assertEquals(0, pair[0].tryWrite(text("")));
        assertEquals(5, pair[0].tryWrite(text("bytes")));
        awaitReadable(pair[1]);
        assertEquals(0, pair[1].tryRead(ByteBuffer.allocate(0)));
        assertEquals(5, pair[1].tryRead(target));
        assertEquals(Descriptor.WOULD_BLOCK, pair[1].tryRead(target));
        assertText("bytes", target);
        pair[0].shutdownOutput();
        awaitReadable(pair[1]);
        assertEquals(-1, pair[1].tryRead(target.clear()));
        assertEquals(-1, pair[1].tryRead(target));
        assertThrows(BrokenPipeException.class, () -> pair[0].tryWrite(text("too late")));
        pair[0].close();
        assertThrows(ClosedChannelException.class, () -> pair[0].tryRead(target));
        assertThrows(ClosedChannelException.class, () -> pair[0].tryWrite(text("too late")));
    }

    /** The buffer says how many of its bytes had room. A try with no room at all changes nothing. */
    @ParameterizedTest
    @EnumSource
    void aStreamWithoutRoom(StreamKind kind) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        ByteBuffer source = ByteBuffer.allocate(StreamKind.MUCH);
        int written = pair[0].tryWrite(source);
        assertTrue(written > 0 && written < source.capacity(), () -> written + " bytes");
        assertEquals(written, source.position());
        while (pair[0].tryWrite(source) != Descriptor.WOULD_BLOCK) {
            assertTrue(source.hasRemaining()); // TCP moves bytes to the peer's buffer and then has room again
        }
        int position = source.position();
        assertEquals(Descriptor.WOULD_BLOCK, pair[0].tryWrite(source));
        assertEquals(position, source.position());
    }

    @Test
    void records() throws Exception {
        SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
        ByteBuffer target = ByteBuffer.allocate(10);
        assertEquals(Descriptor.WOULD_BLOCK, pair[1].tryRead(target));
        assertEquals(0, pair[0].tryWrite(text("")));
        assertEquals(6, pair[0].tryWrite(text("record")));
        awaitReadable(pair[1]);
        assertEquals(0, pair[1].tryRead(target));
        assertEquals(6, pair[1].tryRead(target));
        assertEquals(Descriptor.WOULD_BLOCK, pair[1].tryRead(target));
        assertText("record", target);
        while (pair[0].tryWrite(ByteBuffer.allocate(1000)) != Descriptor.WOULD_BLOCK) {
            assertTrue(pair[0].isOpen());
        }
        ByteBuffer refused = text("no room");
        assertEquals(Descriptor.WOULD_BLOCK, pair[0].tryWrite(refused));
        assertEquals(7, refused.remaining());
    }

    @ParameterizedTest
    @EnumSource
    void datagrams(AddressKind kind) throws Exception {
        DatagramEndpoint server = bound(kind);
        DatagramEndpoint client = bound(kind);
        ByteBuffer target = ByteBuffer.allocate(10);
        assertThrows(NotYetConnectedException.class, () -> client.tryRead(target));
        assertThrows(NotYetConnectedException.class, () -> client.tryWrite(text("nowhere")));
        client.connect(server.localAddress());
        server.connect(client.localAddress());
        assertEquals(Descriptor.WOULD_BLOCK, server.tryRead(target));
        assertEquals(0, client.tryWrite(text("")));
        assertEquals(8, client.tryWrite(text("datagram")));
        awaitReadable(server);
        assertEquals(0, server.tryRead(target));
        assertEquals(8, server.tryRead(target));
        assertEquals(Descriptor.WOULD_BLOCK, server.tryRead(target));
        assertText("datagram", target);
    }

    @ParameterizedTest
    @EnumSource
    void listeners(StreamKind kind) throws Exception {
        Listener listener = Listener.bind(loop, kind.fresh());
        assertNull(listener.tryAccept());
        StreamSocket client = inTask(() -> StreamSocket.connect(loop, listener.localAddress()));
        loop.step(false); // takes the event, without which tryAccept would still answer null
        StreamSocket accepted = listener.tryAccept();
        assertEquals(client.localAddress(), accepted.remoteAddress());
        assertNull(listener.tryAccept());
        listener.close();
        assertThrows(ClosedChannelException.class, listener::tryAccept);
    }

    @Test
    void theLoopOfASocket() throws Exception {
        Listener listener = Listener.bind(loop, fresh(AddressKind.ABSTRACT));
        SeqpacketListener records = SeqpacketListener.bind(loop, fresh(AddressKind.ABSTRACT));
        for (LoopSocket<?> socket : List.of(listener, records, StreamSocket.pair(loop)[0],
                SeqpacketSocket.pair(loop)[0], bound(AddressKind.IPV4))) {
            assertSame(loop, socket.loop());
            socket.close();
            assertSame(loop, socket.loop());
        }
    }

    /** Waits for requests on both kinds of connections. ShutdownTest has the loop that drains. */
    @Test
    void requests() throws Exception {
        StreamSocket[] streams = StreamSocket.pair(loop);
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        requests(streams[0], streams[1]);
        requests(records[0], records[1]);
    }

    private void requests(ConnectionSocket<?> client, ConnectionSocket<?> server) throws Exception {
        inTask(() -> {
            assertThrows(SocketTimeoutException.class, () -> server.awaitRequest(SHORT));
            client.write(text("request"));
            assertTrue(server.awaitRequest(FOREVER));
            assertEquals(7, server.read(ByteBuffer.allocate(10)));
            client.shutdownOutput();
            assertTrue(server.awaitRequest(), "the end counts as a request");
            assertEquals(-1, server.read(ByteBuffer.allocate(10)));
        });
    }

    /** A timeout is never null. A call without a timeout has no such parameter, and FOREVER is no timeout, either. */
    @Test
    void noTimeoutIsNull() throws Exception {
        StreamSocket[] streams = StreamSocket.pair(loop);
        SeqpacketSocket[] records = SeqpacketSocket.pair(loop);
        Listener listener = Listener.bind(loop, fresh(AddressKind.ABSTRACT));
        SeqpacketListener recordListener = SeqpacketListener.bind(loop, fresh(AddressKind.ABSTRACT));
        DatagramEndpoint endpoint = bound(AddressKind.IPV4);
        DatagramBatch batch = new DatagramBatch(1, 1);
        ByteBuffer buffer = ByteBuffer.allocate(1);
        try (FileChannel file = FileChannel.open(Files.writeString(folder.resolve("file"), "text"))) {
            for (TaskBody call : new TaskBody[] {
                () -> StreamSocket.connect(loop, listener.localAddress(), (Duration) null),
                () -> SeqpacketSocket.connect(loop, recordListener.localAddress(), null),
                () -> listener.accept(null), () -> recordListener.accept(null),
                () -> streams[0].read(buffer, null), () -> streams[0].write(buffer, null),
                () -> streams[0].sendFile(file, 0, 1, null), () -> streams[0].awaitRequest(null),
                () -> streams[0].readPassed(buffer, number -> {}, null),
                () -> streams[0].writePassing(buffer, (Duration) null, 0),
                () -> records[0].read(buffer, null), () -> records[0].write(buffer, null),
                () -> endpoint.receive(buffer, null), () -> endpoint.send(buffer, endpoint.localAddress(), null),
                () -> endpoint.receiveBatch(batch, null), () -> endpoint.sendBatch(batch, 0, null)}) {
                assertThrows(NullPointerException.class, () -> inTask(call));
            }
        }
        assertEquals(1, buffer.remaining());
        inTask(() -> {
            streams[0].write(text("x"), FOREVER);
            assertEquals(1, streams[1].read(ByteBuffer.allocate(9), FOREVER), "nothing else was written before");
        });
    }
}
