package io.stepoll.soak;

import io.stepoll.EventLoop;
import io.stepoll.TaskGroup;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Pieces;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;

/** A long transfer by tasks: at each end one task sends and another one receives. */
@Timeout(180)
class BigTransferTest extends TransferFixture {
    /** So long that the sender has filled the buffers of both sockets. */
    private static final Duration FIRST_REST = Duration.ofMillis(30);

    @Override
    CompletableFuture<Sums> begin(StreamSocket end, byte[] content, SplittableRandom random) {
        EventLoop loop = end.loop();
        return loop.spawn(() -> {
            try (end; TaskGroup<Pieces.Sum> both = loop.openGroup()) {
                SplittableRandom forSender = random.split();
                both.spawn(() -> new Pieces(forSender).sendAll(end, content, TOTAL));
                both.spawn(() -> receive(end, random));
                List<Pieces.Sum> sums = both.join();
                return new Sums(sums.getFirst(), sums.getLast());
            }
        }).toCompletableFuture();
    }

    private static Pieces.Sum receive(StreamSocket socket, SplittableRandom random) throws Exception {
        Pieces pieces = new Pieces(random);
        socket.loop().sleep(FIRST_REST);
        for (int count = socket.read(pieces.room()); count >= 0; count = socket.read(pieces.room())) {
            pieces.add(count);
            if (random.nextInt(PIECES_PER_REST) == 0) {
                socket.loop().sleep(REST);
            }
        }
        return pieces.sum();
    }
}
