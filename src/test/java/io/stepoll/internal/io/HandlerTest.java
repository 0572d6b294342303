package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.internal.loop.LoopBuilder;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.RawSockets;
import io.stepoll.support.ScriptedClock;
import io.stepoll.support.Way;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Readiness handlers, on adopted and on owned descriptors. */
@Timeout(60)
class HandlerTest {
    /** The log's entry for a call without anything to read. */
    private static final String NOTHING = "read nothing";

    private final ScriptedClock clock = new ScriptedClock();
    private final List<String> failures = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private final int[] ends = RawSockets.pair();
    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = new LoopBuilder().clock(clock)
                .failureHandler((what, failure) -> failures.add(failure.getMessage())).open();
    }

    @AfterEach
    void close() {
        loop.close();
        RawSockets.close(ends[1]);
    }

    /** A handler that reads at most so many bytes a call, and logs how many it has read. */
    private ReadinessHandler reader(int most) {
        return descriptor -> {
            int count = descriptor.tryRead(ByteBuffer.allocate(most));
            log.add(count == Descriptor.WOULD_BLOCK ? NOTHING : "read " + count);
        };
    }

    @ParameterizedTest
    @EnumSource
    void calledWhileSomethingIsLeft(Way way) throws Exception {
        Descriptor socket = way.take(loop, ends[0]);
        socket.handle(reader(3), true, false);
        loop.step(false);
        assertEquals(List.of(), log, "nothing is there, so the handler is not called");
        RawSockets.send(ends[1], 8);
        loop.step(true);
        loop.step(false);
        loop.step(false);
        assertEquals(List.of("read 3", "read 3", "read 2"), log.subList(0, 3));
        loop.step(false);
        loop.step(false);
        log.removeIf(NOTHING::equals);
        assertEquals(3, log.size());
        assertThrows(ScriptedClock.Forever.class, () -> loop.step(true), "nothing is left, so the loop would sleep");
        RawSockets.send(ends[1], 1);
        loop.step(true);
        assertEquals("read 1", log.getLast());
        assertFalse(loop.step(false).done(), "a handler is a waiter");
        socket.handle(null, false, false);
        RawSockets.send(ends[1], 1);
        assertTrue(loop.step(false).done());
    }

    @ParameterizedTest
    @EnumSource
    void endOfStream(Way way) throws Exception {
        Descriptor socket = way.take(loop, ends[0]);
        socket.handle(descriptor -> {
            if (descriptor.tryRead(ByteBuffer.allocate(8)) == -1) {
                log.add("end");
                descriptor.close();
            }
        }, true, false);
        loop.step(false);
        Sockets.shutdown(ends[1], Sockets.SHUT_WR);
        loop.step(true);
        assertEquals(List.of("end"), log);
        assertTrue(loop.step(false).done());
    }

    /** The handler writes whenever there is room, until everything has gone. */
    @ParameterizedTest
    @EnumSource
    void backPressure(Way way) throws Exception {
        RawSockets.smallSendBuffer(ends[0], 4096);
        ByteBuffer much = ByteBuffer.allocate(500_000);
        Descriptor socket = way.take(loop, ends[0]);
        socket.handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) {
                log.add("readable");
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                descriptor.tryWrite(much);
                if (!much.hasRemaining()) {
                    descriptor.handle(null, false, false);
                }
            }
        }, false, true);
        int received = 0;
        int steps = 0;
        while (!loop.step(false).done()) {
            received += Math.max(0, RawSockets.recv(ends[1]));
            assertTrue(steps++ < 10_000, "the writer stands still");
        }
        assertThrows(ScriptedClock.Forever.class, () -> loop.step(true));
        for (int more = RawSockets.recv(ends[1]); more > 0; more = RawSockets.recv(ends[1])) {
            received += more;
        }
        assertEquals(500_000, received);
        assertEquals(List.of(), log);
    }

    /** A descriptor is for tasks or for a handler, not for both. */
    @ParameterizedTest
    @EnumSource
    void notForTasksAndAHandlerAtOnce(Way way) throws Exception {
        Descriptor socket = way.take(loop, ends[0]);
        Task<Integer> waiting = loop.spawn(() -> socket.read(ByteBuffer.allocate(8)));
        loop.step(false);
        assertThrows(IllegalStateException.class, () -> socket.handle(reader(8), true, false));
        RawSockets.send(ends[1], 2);
        loop.step(true);
        assertEquals(2, waiting.join());
        socket.handle(reader(8), true, false);
        Task<Integer> refused = loop.spawn(() -> socket.read(ByteBuffer.allocate(8)));
        loop.step(false);
        assertInstanceOf(IllegalStateException.class,
                assertThrows(ExecutionException.class, refused::join).getCause());
    }

    /** What a handler throws goes to the failure handler once. The descriptor is closed, and the loop goes on. */
    @ParameterizedTest
    @EnumSource
    void handlerThatThrows(Way way) throws Exception {
        Descriptor socket = way.take(loop, ends[0]);
        socket.handle(descriptor -> {
            throw new IllegalStateException("handler");
        }, true, false);
        RawSockets.send(ends[1], 1);
        loop.runUntilDone();
        assertEquals(List.of("handler"), failures);
        assertFalse(socket.isOpen());
    }

    @ParameterizedTest
    @EnumSource
    void peerThatIsGone(Way way) throws Exception {
        Descriptor socket = way.take(loop, ends[0]);
        int[] others = RawSockets.pair();
        socket.handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                descriptor.tryWrite(ByteBuffer.allocate(8));
            }

            @Override
            public void failed(Descriptor descriptor, IOException failure) {
                log.add(failure.getClass().getSimpleName());
                descriptor.close();
            }
        }, true, false);
        RawSockets.close(ends[1]);
        ends[1] = others[0];
        RawSockets.close(others[1]);
        loop.runUntilDone();
        assertEquals(List.of("BrokenPipeException"), log);
        assertEquals(List.of(), failures);
    }

    @ParameterizedTest
    @EnumSource
    void acceptingHandler(Way way) throws Exception {
        RawSockets.close(ends[0]); // this test has no use for it
        var address = RawSockets.freshAddress();
        Descriptor listener = way.take(loop, RawSockets.listener(address));
        listener.handle(descriptor -> {
            for (Descriptor next = descriptor.tryAccept(); next != null; next = descriptor.tryAccept()) {
                log.add("accepted");
                next.handle(reader(8), true, false);
            }
        }, true, false);
        int[] clients = {RawSockets.connect(address), RawSockets.connect(address)};
        loop.step(false);
        assertEquals(List.of("accepted", "accepted"), log.subList(0, 2));
        RawSockets.send(clients[0], 5);
        loop.step(true);
        loop.step(false);
        assertTrue(log.contains("read 5"), log::toString);
        for (int client : clients) {
            RawSockets.close(client);
        }
    }
}
