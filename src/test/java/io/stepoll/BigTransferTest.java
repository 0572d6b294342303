package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Much through a stream, in both directions at once, in pieces of any size, to readers that are slow at times. */
@Timeout(180)
class BigTransferTest {
    private static final int TOTAL = 64 << 20;
    /** Beyond what one call takes of a heap buffer, and what a socket takes at once. */
    private static final int LARGEST_PIECE = 300_000;

    private static final long REST_NANOS = 1_000_000;
    private static final long FIRST_REST_NANOS = 30_000_000;
    /** A reader rests after every so many pieces, on average. */
    private static final int RESTS = 50;

    private static final String TCP = "tcp:127.0.0.1:0";
    private static final String UNIX = "unix:@stepoll-big-" + UUID.randomUUID();

    /** What came or went: how much, and its checksum. */
    private record Sum(long count, long crc) {}

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void onOneLoop(String kind) throws Exception {
        try (RunningLoop both = new RunningLoop()) {
            transfer(both.loop(), both.loop(), kind);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void betweenTwoLoops(String kind) throws Exception {
        try (RunningLoop one = new RunningLoop(); RunningLoop other = new RunningLoop()) {
            transfer(one.loop(), other.loop(), kind);
        }
    }

    private static void transfer(EventLoop one, EventLoop other, String kind) throws Exception {
        SplittableRandom random = Seeds.random("BigTransferTest");
        byte[] content = new byte[1 << 20];
        random.nextBytes(content);
        SocketAddress address = Addresses.parse(kind.equals("tcp") ? TCP : UNIX);
        Listener listener = one.spawn(() -> Listener.bind(one, address)).join();
        Task<StreamSocket> accepting = one.spawn(() -> listener.accept());
        StreamSocket there = other.spawn(
                () -> StreamSocket.connect(other, one.spawn(listener::localAddress).join())).join();
        StreamSocket here = accepting.join();
        List<Task<Sum>> ends = new ArrayList<>();
        for (StreamSocket socket : List.of(here, there)) {
            EventLoop loop = socket.descriptor().loop();
            SplittableRandom forSender = random.split();
            SplittableRandom forReceiver = random.split();
            ends.add(loop.spawn(() -> send(socket, content, forSender)));
            ends.add(loop.spawn(() -> receive(loop, socket, forReceiver)));
        }
        assertEquals(TOTAL, ends.get(0).join().count);
        assertEquals(TOTAL, ends.get(2).join().count);
        assertEquals(ends.get(0).join(), ends.get(3).join(), "from here to there");
        assertEquals(ends.get(2).join(), ends.get(1).join(), "from there to here");
        one.spawn(listener::close).join();
        one.spawn(here::close).join();
        other.spawn(there::close).join();
    }

    private static ByteBuffer[] buffers() {
        return new ByteBuffer[] {ByteBuffer.allocate(LARGEST_PIECE), ByteBuffer.allocateDirect(LARGEST_PIECE)};
    }

    private static Sum send(StreamSocket socket, byte[] content, SplittableRandom random) throws Exception {
        ByteBuffer[] buffers = buffers();
        CRC32C crc = new CRC32C();
        long count = 0;
        while (count < TOTAL) {
            int size = (int) Math.min(pieceSize(random), TOTAL - count);
            int from = random.nextInt(content.length - size);
            int position = random.nextInt(LARGEST_PIECE - size + 1);
            ByteBuffer piece = buffers[random.nextInt(buffers.length)].clear().position(position);
            piece.put(content, from, size).limit(position + size).position(position);
            assertEquals(size, socket.write(piece));
            assertEquals(0, piece.remaining());
            crc.update(content, from, size);
            count += size;
        }
        socket.shutdownOutput();
        return new Sum(count, crc.getValue());
    }

    /** Mostly small, now and then large. */
    private static int pieceSize(SplittableRandom random) {
        return 1 + random.nextInt(1 + random.nextInt(LARGEST_PIECE));
    }

    private static Sum receive(EventLoop loop, StreamSocket socket, SplittableRandom random) throws Exception {
        ByteBuffer[] buffers = buffers();
        CRC32C crc = new CRC32C();
        long count = 0;
        loop.sleep(FIRST_REST_NANOS); // the sender has filled by then what there is room for
        while (true) {
            int size = pieceSize(random);
            int position = random.nextInt(LARGEST_PIECE - size + 1);
            ByteBuffer piece = buffers[random.nextInt(buffers.length)].clear();
            piece.position(position).limit(position + size);
            int received = socket.read(piece);
            if (received < 0) {
                return new Sum(count, crc.getValue());
            }
            assertTrue(received > 0 && piece.position() == position + received, () -> received + " of " + piece);
            crc.update(piece.limit(position + received).position(position));
            count += received;
            if (random.nextInt(RESTS) == 0) {
                loop.sleep(REST_NANOS);
            }
        }
    }
}
