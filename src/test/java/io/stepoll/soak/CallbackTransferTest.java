package io.stepoll.soak;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Pieces;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;

/** A long transfer by callbacks: one handler at each end. */
@Timeout(180)
class CallbackTransferTest extends TransferFixture {
    @Override
    CompletableFuture<Sums> begin(StreamSocket end, byte[] content, SplittableRandom random) throws Exception {
        End handler = new End(content, random);
        end.loop().spawn(() -> handler.handle(end.descriptor())).join();
        return handler.ended.thenApply(sums -> {
            // When a read has taken exactly what was there, the handler is called once more to find that out.
            assertTrue(handler.futileCalls <= handler.calls / 2,
                    () -> handler.futileCalls + " of " + handler.calls + " calls were for nothing");
            return sums;
        });
    }

    /** One end. All of it belongs to its loop's thread. */
    private static final class End implements ReadinessHandler {
        private final byte[] content;
        private final SplittableRandom random;
        private final Pieces sent;
        private final Pieces received;
        private final CompletableFuture<Sums> ended = new CompletableFuture<>();
        private ByteBuffer piece = ByteBuffer.allocate(0);
        private int calls;
        private int futileCalls;
        private boolean reading = true;
        private boolean resting;
        private boolean writing = true;

        End(byte[] content, SplittableRandom random) {
            this.content = content;
            this.random = random;
            sent = new Pieces(random.split());
            received = new Pieces(random.split());
        }

        @Override
        public void readable(Descriptor socket) throws IOException {
            calls++;
            int count = socket.tryRead(received.room());
            if (count == Descriptor.WOULD_BLOCK) {
                futileCalls++;
            } else if (count < 0) {
                reading = false;
            } else {
                received.add(count);
                restAtTimes(socket);
            }
            handle(socket);
        }

        private void restAtTimes(Descriptor socket) {
            if (random.nextInt(PIECES_PER_REST) == 0) {
                resting = true;
                socket.loop().callLater(REST, () -> {
                    resting = false;
                    try {
                        handle(socket);
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
                piece = sent.next(content, TOTAL - sent.count());
            }
            if (socket.tryWrite(piece) == Descriptor.WOULD_BLOCK) {
                futileCalls++;
            }
            if (sent.count() == TOTAL && !piece.hasRemaining()) {
                writing = false;
                socket.shutdownOutput();
            }
            handle(socket);
        }

        /** Asks for what is still to do; at the end closes the socket. */
        private void handle(Descriptor socket) throws IOException {
            if (reading || writing) {
                socket.handle(this, reading && !resting, writing);
            } else {
                socket.close();
                ended.complete(new Sums(sent.sum(), received.sum()));
            }
        }

        @Override
        public void failed(Descriptor socket, IOException failure) {
            socket.close();
            ended.completeExceptionally(failure);
        }
    }
}
