package io.stepoll.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Pieces;
import io.stepoll.support.RunningLoop;
import io.stepoll.support.Seeds;
import io.stepoll.support.StreamKind;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A long transfer over a stream, in both directions at once, in pieces of any size, to readers that rest at times. */
abstract class TransferFixture {
    static final int TOTAL = 64 << 20;
    static final Duration REST = Duration.ofMillis(1);
    /** A reader rests once in so many pieces, on average. */
    static final int PIECES_PER_REST = 50;

    /** All that one end has sent and received. */
    record Sums(Pieces.Sum sent, Pieces.Sum received) {}

    /** Begins to send and receive at one end. The result is complete when both directions have ended. */
    abstract CompletableFuture<Sums> begin(StreamSocket end, byte[] content, SplittableRandom random) throws Exception;

    @ParameterizedTest(name = "{0}, one loop {1}")
    @CsvSource({"TCP,true", "TCP,false", "UNIX,true", "UNIX,false"})
    void bothDirections(StreamKind kind, boolean oneLoop) throws Exception {
        SplittableRandom random = Seeds.random(getClass().getSimpleName());
        byte[] content = new byte[1 << 20];
        random.nextBytes(content);
        try (RunningLoop first = new RunningLoop(); RunningLoop second = new RunningLoop()) {
            StreamSocket[] ends = connect(kind, first.loop(), oneLoop ? first.loop() : second.loop());
            CompletableFuture<Sums> one = begin(ends[0], content, random.split());
            CompletableFuture<Sums> other = begin(ends[1], content, random.split());
            assertEquals(TOTAL, one.get().sent.count());
            assertEquals(TOTAL, other.get().sent.count());
            assertEquals(one.get().sent, other.get().received);
            assertEquals(other.get().sent, one.get().received);
        }
    }

    private static StreamSocket[] connect(StreamKind kind, EventLoop one, EventLoop other) throws Exception {
        Listener listener = one.spawn(() -> Listener.bind(one, kind.fresh())).join();
        SocketAddress address = one.spawn(listener::localAddress).join();
        Task<StreamSocket> accepting = one.spawn(() -> listener.accept());
        StreamSocket connected = other.spawn(() -> StreamSocket.connect(other, address)).join();
        StreamSocket accepted = accepting.join();
        one.spawn(listener::close).join();
        return new StreamSocket[] {accepted, connected};
    }
}
