package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As {@link BigTransferTest}, in callbacks: much in both directions at once, in odd pieces, to slow readers. */
@Timeout(180)
class CallbackTransferTest {
    private static final int TOTAL = 64 << 20;
    private static final int LARGEST_PIECE = 300_000;
    private static final long REST_NANOS = 1_000_000;
    /** A reader rests after every so many pieces, on average. */
    private static final int RESTS = 50;

    /** What an end has sent and received, in bytes and as checksums; and how often it was called for nothing. */
    private record Sums(long sent, long sentCrc, long received, long receivedCrc, int futile, int calls) {}

    /** One end. All of it belongs to its loop's thread. */
    private static final class End implements ReadinessHandler {
        private final EventLoop loop;
        private final byte[] content;
        private final SplittableRandom random;
        private final CompletableFuture<Sums> ended = new CompletableFuture<>();
        private final CRC32C sentCrc = new CRC32C();
        private final CRC32C receivedCrc = new CRC32C();
        private final ByteBuffer[] targets =
                {ByteBuffer.allocate(LARGEST_PIECE), ByteBuffer.allocateDirect(LARGEST_PIECE)};
        private final ByteBuffer[] sources =
                {ByteBuffer.allocate(LARGEST_PIECE), ByteBuffer.allocateDirect(LARGEST_PIECE)};
        private ByteBuffer piece = sources[0].limit(0);
        private long sent;
        private long received;
        private int calls;
        private int futile;
        private boolean reading = true;
        private boolean resting;
        private boolean writing = true;

        End(EventLoop loop, byte[] content, SplittableRandom random) {
            this.loop = loop;
            this.content = content;
            this.random = random;
        }

        @Override
        public void readable(Descriptor socket) throws IOException {
            calls++;
            ByteBuffer target = targets[random.nextInt(targets.length)].clear();
            int size = pieceSize();
            int position = random.nextInt(LARGEST_PIECE - size + 1);
            int count = socket.recvNow(target.position(position).limit(position + size));
            if (count < 0) {
                reading = false;
            } else {
                futile += count == 0 ? 1 : 0;
                assertEquals(position + count, target.position());
                receivedCrc.update(target.limit(position + count).position(position));
                received += count;
                rest(socket);
            }
            waitOn(socket);
        }

        private void rest(Descriptor socket) {
            if (random.nextInt(RESTS) == 0) {
                resting = true;
                loop.callLater(REST_NANOS, () -> {
                    resting = false;
                    try {
                        waitOn(socket);
                    } catch (IOException e) {
                        failed(socket, e);
                    }
                });
            }
        }

        @Override
        public void writable(Descriptor socket) throws IOException {
            calls++;
            if (!piece.hasRemaining()) {
                next();
            }
            futile += socket.sendNow(piece) == 0 ? 1 : 0;
            if (sent == TOTAL && !piece.hasRemaining()) {
                writing = false;
                socket.shutdownOutput();
            }
            waitOn(socket);
        }

        private void next() {
            int size = (int) Math.min(pieceSize(), TOTAL - sent);
            int from = random.nextInt(content.length - size);
            int position = random.nextInt(LARGEST_PIECE - size + 1);
            piece = sources[random.nextInt(sources.length)].clear().position(position);
            piece.put(content, from, size).limit(position + size).position(position);
            sentCrc.update(content, from, size);
            sent += size;
        }

        private int pieceSize() {
            return 1 + random.nextInt(1 + random.nextInt(LARGEST_PIECE));
        }

        private void waitOn(Descriptor socket) throws IOException {
            if (reading || writing) {
                socket.handle(this, reading && !resting, writing);
            } else {
                socket.close();
                ended.complete(new Sums(sent, sentCrc.getValue(), received, receivedCrc.getValue(), futile, calls));
            }
        }

        @Override
        public void failed(Descriptor socket, IOException failure) {
            socket.close();
            ended.completeExceptionally(failure);
        }
    }

    private static CompletableFuture<Sums> begin(EventLoop loop, StreamSocket socket, byte[] content,
            SplittableRandom random) throws InterruptedException, ExecutionException {
        End end = new End(loop, content, random);
        loop.spawn(() -> end.waitOn(socket.descriptor())).join();
        return end.ended;
    }

    @ParameterizedTest(name = "{0}, one loop {1}")
    @CsvSource({"TCP,true", "TCP,false", "UNIX,true", "UNIX,false"})
    void bothDirections(StreamKind kind, boolean oneLoop) throws Exception {
        SplittableRandom random = Seeds.random("CallbackTransferTest");
        byte[] content = new byte[1 << 20];
        random.nextBytes(content);
        try (RunningLoop first = new RunningLoop(); RunningLoop second = new RunningLoop()) {
            EventLoop one = first.loop();
            EventLoop other = oneLoop ? one : second.loop();
            Listener listener = one.spawn(() -> Listener.bind(one, kind.fresh())).join();
            Task<StreamSocket> accepting = one.spawn(() -> listener.accept());
            var address = one.spawn(listener::localAddress).join();
            StreamSocket there = other.spawn(() -> StreamSocket.connect(other, address)).join();
            StreamSocket here = accepting.join();
            CompletableFuture<Sums> hereEnded = begin(one, here, content, random.split());
            Sums atThere = begin(other, there, content, random.split()).get();
            Sums atHere = hereEnded.get();
            assertEquals(TOTAL, atHere.sent);
            assertEquals(TOTAL, atThere.sent);
            assertEquals(atHere.sent + " " + atHere.sentCrc, atThere.received + " " + atThere.receivedCrc);
            assertEquals(atThere.sent + " " + atThere.sentCrc, atHere.received + " " + atHere.receivedCrc);
            for (Sums end : new Sums[] {atHere, atThere}) { // a read that exactly empties it is found out by the next
                assertTrue(end.futile <= end.calls / 2, () -> "called for nothing: " + end);
            }
            one.spawn(listener::close).join();
        }
    }
}
