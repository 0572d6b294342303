package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.FaultsTest.Way;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Descriptors that are closed from inside their own callback, twice, by a neighbour, or while others wait for them. */
@Timeout(60)
class CloseTest {
    /** More than the kernel's buffers take. */
    private static final int MUCH = 32 << 20;
    private static final int STEPS = 20;

    private final List<Object> log = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().failureHandler((what, failure) -> failures.add(failure)).open();
    }

    @AfterEach
    void close() {
        loop.close();
        assertEquals(List.of(), failures);
    }

    /** A connection of which one end came to the loop in the way that is wanted. */
    private record Connection(Descriptor here, StreamSocket there) {}

    private Connection connect(StreamKind kind, Way way) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        return new Connection(way.take(loop, loop.disown(pair[0].descriptor())), pair[1]);
    }

    private void steps() {
        for (int i = 0; i < STEPS; i++) {
            loop.step(false);
        }
    }

    private int readThere(Connection connection) throws Exception {
        Task<Integer> end = loop.spawn(() -> connection.there.read(ByteBuffer.allocate(9)));
        loop.runUntilDone();
        return end.join();
    }

    /** Whatever a handler was called for: it is called no more, and the peer is at the end. */
    @ParameterizedTest
    @EnumSource
    void insideItsOwnCallbackTwice(StreamKind kind) throws Exception {
        for (Way way : Way.values()) {
            for (boolean write : new boolean[] {false, true}) {
                Connection connection = connect(kind, way);
                log.clear();
                connection.here.handle(new ReadinessHandler() {
                    @Override
                    public void readable(Descriptor descriptor) throws IOException {
                        if (write || descriptor.recvNow(ByteBuffer.allocate(9)) != 0) {
                            closeTwice(descriptor, "readable");
                        }
                    }

                    @Override
                    public void writable(Descriptor descriptor) {
                        closeTwice(descriptor, "writable");
                    }
                }, true, write);
                if (!write) {
                    connection.there.descriptor().sendNow(ByteBuffer.allocate(1));
                }
                loop.runUntilDone();
                assertEquals(1, log.size(), log::toString);
                assertFalse(connection.here.isOpen());
                assertEquals(-1, readThere(connection));
                connection.there.close();
                connection.there.close();
            }
        }
    }

    private void closeTwice(Descriptor descriptor, String what) {
        log.add(what);
        descriptor.close();
        descriptor.close();
    }

    /** Two readers and a writer wait; a callback closes it, or a task. */
    @ParameterizedTest
    @EnumSource
    void whileOthersWait(StreamKind kind) throws Exception {
        for (Way way : Way.values()) {
            for (boolean inTask : new boolean[] {true, false}) {
                Connection connection = connect(kind, way);
                List<Task<?>> waiting = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    waiting.add(loop.spawn(() -> loop.recv(connection.here, ByteBuffer.allocate(9))));
                }
                waiting.add(loop.spawn(() -> loop.send(connection.here, ByteBuffer.allocateDirect(MUCH))));
                waiting.add(loop.spawn(() -> connection.here.awaitWritable()));
                steps();
                waiting.removeLast().cancel();
                steps();
                if (inTask) {
                    loop.spawn(() -> connection.here.close());
                } else {
                    loop.callSoon(connection.here::close);
                }
                loop.runUntilDone();
                for (Task<?> task : waiting) {
                    assertInstanceOf(AsynchronousCloseException.class,
                            assertThrows(ExecutionException.class, task::join).getCause());
                }
                connection.there.close();
            }
        }
    }

    /** Disowned inside its own callback: it is called no more, and the descriptor is open and somebody else's. */
    @ParameterizedTest
    @EnumSource
    void disownedInsideItsOwnCallback(StreamKind kind) throws Exception {
        for (Way way : Way.values()) {
            Connection connection = connect(kind, way);
            log.clear();
            connection.here.handle(descriptor -> {
                if (descriptor.recvNow(ByteBuffer.allocate(1)) != 0) {
                    log.add(loop.disown(descriptor));
                }
            }, true, true);
            connection.there.descriptor().sendNow(ByteBuffer.allocate(3));
            loop.runUntilDone();
            assertEquals(List.of(connection.here.fd()), log);
            Descriptor again = way.take(loop, connection.here.fd());
            Task<Integer> rest = loop.spawn(() -> loop.recv(again, ByteBuffer.allocate(9)));
            loop.runUntilDone();
            assertEquals(2, rest.join());
            again.close();
            connection.there.close();
        }
    }

    /**
     * Two are ready in the same poll. The one that is called first closes the other one, and has its number for a new
     * connection: the event of the old one reaches nobody.
     */
    @ParameterizedTest
    @EnumSource
    void closedByANeighbourAndReused(StreamKind kind) throws Exception {
        for (Way way : Way.values()) {
            Connection[] both = {connect(kind, way), connect(kind, way)};
            List<int[]> reused = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Descriptor neighbour = both[1 - i].here;
                both[i].here.handle(descriptor -> {
                    if (descriptor.recvNow(ByteBuffer.allocate(9)) != 0) {
                        reused.add(replace(neighbour, way));
                    }
                }, true, false);
            }
            steps(); // what is new is tried once
            log.clear();
            for (Connection connection : both) {
                connection.there.descriptor().sendNow(ByteBuffer.allocate(5));
            }
            while (reused.isEmpty() && failures.isEmpty()) {
                loop.step(true);
                assertFalse(Thread.currentThread().isInterrupted(), "the test's time is over");
            }
            assertEquals(List.of(), failures);
            steps();
            assertEquals(1, reused.size(), "the other one was called");
            log.removeIf("0"::equals);
            assertEquals(List.of(), log, "the new owner was told of the old one's event");
            RawSockets.send(reused.getFirst()[1], 3);
            loop.step(true);
            steps();
            log.removeIf("0"::equals);
            assertEquals(List.of("3"), log);
            RawSockets.close(reused.getFirst()[1]);
            for (Connection connection : both) {
                connection.here.close();
                connection.there.close();
            }
            steps();
        }
    }

    /** Closes one, and has a handler for a new pair's end, which has its number. */
    private int[] replace(Descriptor closed, Way way) throws IOException {
        int number = closed.fd();
        List<Integer> below = new ArrayList<>();
        do {
            below.add(RawSockets.check(Descriptors.eventfd()));
        } while (below.getLast() < number);
        closed.close();
        int[] pair = RawSockets.pair();
        below.forEach(RawSockets::close);
        assertEquals(number, pair[0], "the kernel gives the lowest number");
        way.take(loop, number).handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                int count = descriptor.recvNow(ByteBuffer.allocate(9));
                log.add(Integer.toString(count));
                if (count < 0) {
                    descriptor.close();
                }
            }

            @Override
            public void hungUp(Descriptor descriptor) {
                log.add("hung up");
            }
        }, true, false);
        return pair;
    }

    /** The peer resets: told as an error or as the end, once; with the default the descriptor is closed. */
    @ParameterizedTest
    @EnumSource
    void resetByThePeer(StreamKind kind) throws Exception {
        for (Way way : Way.values()) {
            Connection connection = connect(kind, way);
            connection.here.sendNow(ByteBuffer.allocate(1)); // it is closed with something unread, so reset
            Task<Void> arrived = loop.spawn(() -> connection.there.descriptor().awaitReadable());
            loop.runUntilDone();
            arrived.join();
            log.clear();
            connection.here.handle(new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) throws IOException {
                    descriptor.recvNow(ByteBuffer.allocate(9));
                }

                @Override
                public void failed(Descriptor descriptor, IOException failure) {
                    log.add(failure.getClass());
                    ReadinessHandler.super.failed(descriptor, failure);
                }
            }, true, false);
            steps();
            connection.there.close();
            loop.runUntilDone();
            assertEquals(List.of(ConnectionResetException.class), log);
            assertFalse(connection.here.isOpen());
            assertTrue(loop.step(false).done());
        }
    }
}
