package io.stepoll.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.ConnectionResetException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Loops;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import io.stepoll.support.Way;
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

/** Descriptors that are closed by their own handler, twice, by a neighbour's handler, or while tasks wait for them. */
@Timeout(60)
class CloseTest {
    private static final int STEPS = 20;

    /** The log's entry for a call without anything to read. */
    private static final String NOTHING = "nothing";

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

    /** A connection. The end here came to the loop in the way that the test wants. */
    private record Connection(Descriptor here, StreamSocket there) {}

    private Connection connect(StreamKind kind, Way way) throws Exception {
        StreamSocket[] pair = kind.connect(loop);
        return new Connection(way.take(loop, pair[0].descriptor().disown()), pair[1]);
    }

    private void steps() {
        Loops.steps(loop, STEPS);
    }

    private int readThere(Connection connection) throws Exception {
        return TaskResults.of(loop, loop.spawn(() -> connection.there.read(ByteBuffer.allocate(9))));
    }

    /** A handler closes its descriptor, in either method. It is not called again, and the peer sees the end. */
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
                        if (write || descriptor.tryRead(ByteBuffer.allocate(9)) != Descriptor.WOULD_BLOCK) {
                            closeTwice(descriptor, "readable");
                        }
                    }

                    @Override
                    public void writable(Descriptor descriptor) {
                        closeTwice(descriptor, "writable");
                    }
                }, true, write);
                if (!write) {
                    connection.there.tryWrite(ByteBuffer.allocate(1));
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

    /** Two readers and a writer wait. A callback closes the descriptor, or a task. */
    @ParameterizedTest
    @EnumSource
    void whileOthersWait(StreamKind kind) throws Exception {
        for (Way way : Way.values()) {
            for (boolean inTask : new boolean[] {true, false}) {
                Connection connection = connect(kind, way);
                List<Task<?>> waiting = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    waiting.add(loop.spawn(() -> connection.here.read(ByteBuffer.allocate(9))));
                }
                waiting.add(loop.spawn(() -> connection.here.write(ByteBuffer.allocateDirect(StreamKind.MUCH))));
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

    /** The handler disowns its descriptor. It is not called again, and the descriptor is open and the caller's. */
    @ParameterizedTest
    @EnumSource
    void disownedInsideItsOwnCallback(StreamKind kind) throws Exception {
        for (Way way : Way.values()) {
            Connection connection = connect(kind, way);
            log.clear();
            connection.here.handle(descriptor -> {
                if (descriptor.tryRead(ByteBuffer.allocate(1)) != Descriptor.WOULD_BLOCK) {
                    log.add(descriptor.disown());
                }
            }, true, true);
            connection.there.tryWrite(ByteBuffer.allocate(3));
            loop.runUntilDone();
            assertEquals(List.of(connection.here.fd()), log);
            Descriptor again = way.take(loop, connection.here.fd());
            assertEquals(2, TaskResults.of(loop, loop.spawn(() -> again.read(ByteBuffer.allocate(9)))));
            again.close();
            connection.there.close();
        }
    }

    /**
     * One poll finds two descriptors ready. The handler that is called first closes the other descriptor, and takes its
     * number for a new connection. The event of the old descriptor reaches nobody.
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
                    if (descriptor.tryRead(ByteBuffer.allocate(9)) != Descriptor.WOULD_BLOCK) {
                        reused.add(replace(neighbour, way));
                    }
                }, true, false);
            }
            steps(); // a new handler may be called once without anything to read
            log.clear();
            for (Connection connection : both) {
                connection.there.tryWrite(ByteBuffer.allocate(5));
            }
            while (reused.isEmpty() && failures.isEmpty()) {
                loop.step(true);
                assertFalse(Thread.currentThread().isInterrupted(), "the test's time is over");
            }
            assertEquals(List.of(), failures);
            steps();
            assertEquals(1, reused.size(), "the handler of the closed descriptor was called");
            log.removeIf(NOTHING::equals);
            assertEquals(List.of(), log, "the new descriptor got the event of the old one");
            RawSockets.send(reused.getFirst()[1], 3);
            loop.step(true);
            steps();
            log.removeIf(NOTHING::equals);
            assertEquals(List.of("3"), log);
            RawSockets.close(reused.getFirst()[1]);
            for (Connection connection : both) {
                connection.here.close();
                connection.there.close();
            }
            steps();
        }
    }

    /** Closes a descriptor. Sets a handler for one end of a new pair, which has the same number. Returns the pair. */
    private int[] replace(Descriptor closed, Way way) throws IOException {
        int number = closed.fd();
        closed.close();
        while (RawSockets.isOpen(number)) { // another thread closes it, in a moment
            Thread.onSpinWait();
        }
        int[] pair = RawSockets.pairWith(number);
        way.take(loop, number).handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                int count = descriptor.tryRead(ByteBuffer.allocate(9));
                log.add(count == Descriptor.WOULD_BLOCK ? NOTHING : Integer.toString(count));
                if (count == -1) {
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

    /** The peer resets the connection. The handler gets one error, and by default the descriptor is then closed. */
    @ParameterizedTest
    @EnumSource
    void resetByThePeer(StreamKind kind) throws Exception {
        for (Way way : Way.values()) {
            Connection connection = connect(kind, way);
            connection.here.tryWrite(ByteBuffer.allocate(1)); // unread at the peer's close, which is then a reset
            TaskResults.of(loop, loop.spawn(() -> connection.there.descriptor().awaitReadable()));
            log.clear();
            connection.here.handle(new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) throws IOException {
                    descriptor.tryRead(ByteBuffer.allocate(9));
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
