package io.stepoll.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.HangUp;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.buffer.WriteQueue;
import io.stepoll.buffer.WriteQueueListener;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.ShutdownReport.Unfinished;
import io.stepoll.support.HeldLock;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Handlers are told that the loop drains, and an idle client of a handler does not hold a shutdown. */
@Timeout(60)
class DrainingHandlersTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final List<String> log = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final EventLoop loop = EventLoop.builder().clock(VirtualClock.create())
            .failureHandler((what, failure) -> failures.add(failure.getMessage())).open();

    DrainingHandlersTest() throws IOException {}

    @AfterEach
    void close() {
        loop.close();
        assertEquals(List.of(), failures);
    }

    /** Gives each connection a handler that reads. */
    private Listener serve(StreamKind kind, Function<Descriptor, ReadinessHandler> handlers) throws IOException {
        Listener listener = Listener.bind(loop, kind.fresh());
        listener.descriptor().handle(descriptor -> {
            for (Descriptor one = descriptor.tryAccept(); one != null; one = descriptor.tryAccept()) {
                one.handle(handlers.apply(one), true, false);
            }
        }, true, false);
        return listener;
    }

    /** Answers each two bytes with one; what comes by halves waits for the other half. */
    private static final class Pairs implements ReadinessHandler {
        private int odd;

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            ByteBuffer target = ByteBuffer.allocate(64);
            int count = descriptor.tryRead(target);
            if (count == -1) {
                descriptor.close();
            } else if (count > 0) {
                odd += count;
                descriptor.tryWrite(ByteBuffer.allocate(odd / 2));
                odd %= 2;
            }
        }
    }

    private ShutdownReport shutDown() {
        CompletableFuture<ShutdownReport> report = Shutdown.of(loop).start();
        loop.run();
        return report.join();
    }

    private static List<String> left(ShutdownReport report) {
        return report.steps().get(1).left().stream().map(Unfinished::toString).toList();
    }

    private static void assertAtOnce(ShutdownReport report) {
        assertTrue(report.isClean(), report::toString);
        assertTrue(report.steps().get(1).took().compareTo(SECOND) < 0, report::toString);
    }

    @ParameterizedTest
    @EnumSource
    void anIdleClientDoesNotHoldTheShutdown(StreamKind kind) throws Exception {
        Listener listener = serve(kind, unused -> new Pairs());
        SocketAddress address = listener.localAddress();
        CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
        Task<List<Integer>> client = loop.spawn(() -> {
            StreamSocket silent = StreamSocket.connect(loop, address);
            StreamSocket answered = StreamSocket.connect(loop, address);
            ByteBuffer target = ByteBuffer.allocate(8);
            answered.write(ByteBuffer.allocate(2));
            List<Integer> read = new ArrayList<>(List.of(answered.read(target)));
            Shutdown.of(loop).start().thenAccept(report::complete);
            read.add(answered.read(target));
            read.add(silent.read(target));
            return read;
        });
        loop.run();
        assertEquals(List.of(1, -1, -1), client.join());
        assertAtOnce(report.join());
    }

    /** Half of a request has come when the loop begins to drain. */
    @Test
    void aClientWithinARequestIsAnsweredAndThenClosed() throws Exception {
        Listener listener = serve(StreamKind.TCP, unused -> new Pairs());
        SocketAddress address = listener.localAddress();
        CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
        Task<List<Integer>> client = loop.spawn(() -> {
            StreamSocket socket = StreamSocket.connect(loop, address);
            socket.write(ByteBuffer.allocate(2));
            ByteBuffer target = ByteBuffer.allocate(8);
            List<Integer> read = new ArrayList<>(List.of(socket.read(target)));
            socket.write(ByteBuffer.allocate(1));
            Shutdown.of(loop).start().thenAccept(report::complete);
            while (!loop.isDraining()) {
                loop.sleep(Duration.ofMillis(1));
            }
            loop.sleep(SECOND.multipliedBy(20));
            socket.write(ByteBuffer.allocate(1));
            read.add(socket.read(target));
            read.add(socket.read(target));
            return read;
        });
        loop.run();
        assertEquals(List.of(1, 1, -1), client.join());
        assertTrue(report.join().isClean(), report.join()::toString);
        assertEquals(20, report.join().steps().get(1).took().toSeconds());
    }

    /** A request comes after the last poll before the draining begins. */
    @Test
    void aRequestAtTheLastMomentIsAnswered() throws Exception {
        Listener listener = serve(StreamKind.TCP, unused -> new Pairs());
        SocketAddress address = listener.localAddress();
        Task<List<Integer>> client = loop.spawn(() -> {
            StreamSocket socket = StreamSocket.connect(loop, address);
            socket.write(ByteBuffer.allocate(2));
            ByteBuffer target = ByteBuffer.allocate(8);
            List<Integer> read = new ArrayList<>(List.of(socket.read(target)));
            Loop.of(loop).descriptors().draining().begin();
            socket.write(ByteBuffer.allocate(4));
            read.add(socket.read(target));
            read.add(socket.read(target));
            listener.close();
            return read;
        });
        loop.runUntilDone();
        assertEquals(List.of(1, 2, -1), client.join());
    }

    /** The answer comes from a callback of a timer, 5 s after the begin of the draining. */
    @Test
    void anAnswerFromElsewhereIsWaitedFor() throws Exception {
        Descriptor[] asked = new Descriptor[1];
        Listener listener = serve(StreamKind.UNIX, unused -> descriptor -> {
            if (descriptor.tryRead(ByteBuffer.allocate(8)) > 0) {
                asked[0] = descriptor;
            }
        });
        SocketAddress address = listener.localAddress();
        Task<List<Integer>> client = loop.spawn(() -> {
            StreamSocket socket = StreamSocket.connect(loop, address);
            socket.write(ByteBuffer.allocate(3));
            while (asked[0] == null) {
                loop.sleep(Duration.ofMillis(1));
            }
            Shutdown.of(loop).start().thenAccept(report -> log.add("took " + report.steps().get(1).took().toSeconds()));
            loop.callLater(SECOND.multipliedBy(5), () -> {
                try {
                    asked[0].tryWrite(ByteBuffer.allocate(1));
                    asked[0].tryWrite(ByteBuffer.allocate(1)); // still the same callback, so still the same answer
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            ByteBuffer target = ByteBuffer.allocate(8);
            int count = socket.read(target);
            while (count < 2) {
                count += socket.read(target);
            }
            return List.of(count, socket.read(target));
        });
        loop.run();
        assertEquals(List.of(2, -1), client.join());
        assertEquals(List.of("took 5"), log);
    }

    /** What does not fit into the socket's buffer goes out before the connection is closed. */
    @Test
    void whatWaitsForRoomGoesOut() throws Exception {
        ByteBuffer much = ByteBuffer.allocate(StreamKind.MUCH);
        Listener listener = serve(StreamKind.UNIX, unused -> new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                descriptor.tryRead(ByteBuffer.allocate(8));
                descriptor.tryWrite(much);
                descriptor.handle(this, true, true);
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                descriptor.tryWrite(much);
                if (!much.hasRemaining()) {
                    descriptor.handle(this, true, false);
                }
            }
        });
        SocketAddress address = listener.localAddress();
        Task<Long> client = loop.spawn(() -> {
            StreamSocket socket = StreamSocket.connect(loop, address);
            socket.write(ByteBuffer.allocate(1));
            socket.descriptor().awaitReadable();
            Shutdown.of(loop).start();
            ByteBuffer target = ByteBuffer.allocateDirect(1 << 20);
            long sum = 0;
            for (int count = 0; count >= 0; count = socket.read(target.clear())) {
                sum += count;
            }
            return sum;
        });
        loop.run();
        assertEquals(StreamKind.MUCH, client.join());
    }

    /** The same for what is in a write queue, which waits for room by itself. */
    @Test
    void whatAQueueHasGoesOut() throws Exception {
        int size = 900_000; // less than the limit of the queue, more than the buffer of the socket
        Listener listener = serve(StreamKind.UNIX, accepted -> {
            WriteQueue[] queue = new WriteQueue[1];
            return descriptor -> {
                if (queue[0] == null) {
                    queue[0] = WriteQueue.over(descriptor);
                }
                descriptor.tryRead(ByteBuffer.allocate(8));
                queue[0].write(ByteBuffer.allocateDirect(size));
            };
        });
        SocketAddress address = listener.localAddress();
        Task<Integer> client = loop.spawn(() -> {
            StreamSocket socket = StreamSocket.connect(loop, address);
            socket.write(ByteBuffer.allocate(1));
            socket.descriptor().awaitReadable();
            Shutdown.of(loop).start();
            loop.sleep(SECOND); // the queue waits for room meanwhile
            ByteBuffer target = ByteBuffer.allocateDirect(1 << 20);
            int sum = 0;
            for (int count = 0; count >= 0; count = socket.read(target.clear())) {
                sum += count;
            }
            return sum;
        });
        loop.run();
        assertEquals(size, client.join());
    }

    /** A queue has failed, and its listener leaves the connection open: what was queued holds no shutdown. */
    @Test
    void whatAQueueHasLostIsNotWaitedFor() throws Exception {
        Listener listener = serve(StreamKind.UNIX, accepted -> descriptor -> {
            if (descriptor.tryRead(ByteBuffer.allocate(8)) > 0) {
                descriptor.tryWrite(ByteBuffer.allocate(1)); // the answer
                descriptor.shutdownOutput();
                WriteQueue.over(descriptor).listener(new WriteQueueListener() {
                    @Override
                    public void failed(WriteQueue queue, IOException failure) {
                        log.add(failure.getClass().getSimpleName());
                    }
                }).write(ByteBuffer.allocate(1));
            }
        });
        SocketAddress address = listener.localAddress();
        CompletableFuture<ShutdownReport> ended = new CompletableFuture<>();
        loop.spawn(() -> {
            StreamSocket socket = StreamSocket.connect(loop, address);
            socket.write(ByteBuffer.allocate(1));
            socket.descriptor().awaitReadable();
            loop.sleep(SECOND);
            Shutdown.of(loop).start().thenAccept(ended::complete);
            assertEquals(1, socket.read(ByteBuffer.allocate(8)));
            assertEquals(-1, socket.read(ByteBuffer.allocate(8)));
            assertEquals(HangUp.FULL, socket.descriptor().awaitHangUp(HangUp.FULL), "the connection is closed");
        });
        loop.run();
        assertEquals(List.of("BrokenPipeException"), log);
        assertAtOnce(ended.join());
    }

    /** Logs what it is told, and closes the descriptor a second later. */
    private ReadinessHandler told(String name) {
        return new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                log.add(name + " reads " + descriptor.tryRead(ByteBuffer.allocate(8)));
            }

            @Override
            public void draining(Descriptor descriptor) {
                log.add(name + " is told");
                assertTrue(loop.isDraining());
                assertEquals(loop, EventLoop.current());
                assertNull(Task.current());
                assertThrows(IllegalStateException.class, () -> loop.sleep(SECOND), "this is a callback");
                loop.callLater(SECOND, descriptor::close);
            }
        };
    }

    /** Whatever a handler waits for, and whenever it is set: it is told once. */
    @Test
    void eachHandlerIsToldOnce() throws Exception {
        StreamSocket[] before = StreamSocket.pair(loop);
        before[0].descriptor().handle(told("reader"), true, false);
        before[1].descriptor().handle(told("idler"), false, false);
        StreamSocket[] meanwhile = StreamSocket.pair(loop);
        Task<Void> task = loop.spawn(() -> {
            while (!loop.isDraining()) {
                loop.sleep(Duration.ofMillis(1));
            }
            loop.sleep(Duration.ofMillis(500));
            ReadinessHandler late = told("late");
            meanwhile[0].descriptor().handle(late, true, false);
            loop.sleep(Duration.ofMillis(100));
            meanwhile[0].descriptor().handle(late, false, false);
            meanwhile[0].descriptor().handle(late, true, false);
            loop.sleep(Duration.ofMillis(100));
            meanwhile[0].descriptor().handle(told("other"), true, false);
            meanwhile[0].descriptor().handle(null, false, false);
            meanwhile[0].descriptor().handle(told("last"), true, false);
            meanwhile[1].write(ByteBuffer.allocate(2));
        });
        ShutdownReport report = shutDown();
        task.join();
        assertTrue(report.isClean(), report::toString);
        assertEquals(List.of("idler is told", "reader is told"), log.subList(0, 2).stream().sorted().toList());
        assertEquals(List.of("late is told", "last is told", "last reads 2"), log.subList(2, log.size()).stream()
                .filter(line -> !line.equals("reader reads -1")).toList());
    }

    /** A handler that ignores the draining is named, with its descriptor and its peer. */
    @Test
    void theReportNamesDescriptorAndPeer() throws Exception {
        Descriptor[] there = new Descriptor[1];
        Listener listener = serve(StreamKind.TCP, accepted -> {
            there[0] = accepted;
            return new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) {}

                @Override
                public void draining(Descriptor descriptor) {
                    log.add("ignored");
                }
            };
        });
        SocketAddress address = listener.localAddress();
        Task<StreamSocket> connecting = loop.spawn(() -> StreamSocket.connect(loop, address));
        while (there[0] == null) {
            loop.step(true);
        }
        String peer = Addresses.format(connecting.join().localAddress());
        ShutdownReport report = shutDown();
        assertEquals(30, report.steps().get(1).took().toSeconds());
        assertEquals(1, left(report).size(), report::toString);
        String what = left(report).getFirst();
        assertTrue(what.contains(peer + " (descriptor " + there[0].fd() + ")"), what);
        assertTrue(what.contains(getClass().getName()), what);
        assertTrue(what.contains("waits for reading"), what);
        assertEquals(List.of("ignored"), log);
        assertFalse(report.isClean());
    }

    /** A request that goes on may need a connection to a backend, so that one is not closed by default. */
    @Test
    void connectionsThatWereNotAcceptedStay() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        pair[0].descriptor().handle(new Pairs(), true, false);
        assertFalse(pair[0].descriptor().isAccepted());
        loop.callLater(SECOND.multipliedBy(3), pair[0]::close);
        ShutdownReport report = shutDown();
        assertEquals(3, report.steps().get(1).took().toSeconds());
    }

    @Test
    void closeWhenIdle() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        Descriptor descriptor = pair[0].descriptor();
        assertThrows(IllegalStateException.class, descriptor::closeWhenIdle);
        descriptor.handle(new Pairs(), false, false);
        descriptor.closeWhenIdle();
        assertTrue(descriptor.isOpen(), "at the earliest in the next step");
        descriptor.handle(new Pairs(), false, false);
        loop.step(false);
        assertTrue(descriptor.isOpen(), "another handler has taken its place");
        pair[1].tryWrite(ByteBuffer.allocate(1));
        descriptor.recv(ByteBuffer.allocate(1), Descriptor.MSG_DONTWAIT | Descriptor.MSG_PEEK);
        descriptor.closeWhenIdle();
        loop.step(false);
        assertTrue(descriptor.isOpen(), "a byte is to be read");
        descriptor.recv(ByteBuffer.allocate(1), Descriptor.MSG_DONTWAIT);
        descriptor.closeWhenIdle();
        loop.step(false);
        assertTrue(descriptor.isOpen(), "a byte has no answer");
        descriptor.send(ByteBuffer.allocate(1), Descriptor.MSG_DONTWAIT);
        assertTrue(descriptor.isOpen(), "not within somebody's callback");
        loop.step(false);
        assertFalse(descriptor.isOpen());
        assertThrows(ClosedChannelException.class, descriptor::closeWhenIdle);
    }

    /** The draining begins while a handler waits for a lock. It is told afterwards, and not beside itself. */
    @Test
    void aHandlerThatWaitsForALockIsToldAfterwards() throws Exception {
        try (HeldLock lock = new HeldLock()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            pair[0].descriptor().handle(new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) throws IOException {
                    descriptor.tryRead(ByteBuffer.allocate(8));
                    log.add("begins");
                    lock.await();
                    log.add("ends");
                }

                @Override
                public void draining(Descriptor descriptor) {
                    log.add("told");
                    descriptor.close();
                }
            }, true, false);
            pair[1].tryWrite(ByteBuffer.allocate(1));
            loop.step(false);
            CompletableFuture<ShutdownReport> report = Shutdown.of(loop).start();
            loop.spawn(() -> {
                while (!loop.isDraining()) {
                    loop.sleep(Duration.ofMillis(1));
                }
                loop.sleep(Duration.ofMillis(1));
                log.add("draining");
                lock.releaseOnceAwaited();
            });
            loop.run();
            assertEquals(List.of("begins", "draining", "ends", "told"), log);
            assertTrue(report.join().isClean(), report.join()::toString);
        }
    }

    /** What the method throws goes where the failures of the other methods go. */
    @Test
    void drainingThatThrows() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        pair[0].descriptor().handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) {}

            @Override
            public void draining(Descriptor descriptor) throws IOException {
                throw new IOException("told");
            }

            @Override
            public void failed(Descriptor descriptor, IOException failure) {
                log.add(failure.getMessage());
                descriptor.close();
            }
        }, true, false);
        pair[1].descriptor().handle(new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                descriptor.tryRead(ByteBuffer.allocate(1));
            }

            @Override
            public void draining(Descriptor descriptor) {
                throw new IllegalArgumentException("thrown");
            }
        }, true, false);
        assertAtOnce(shutDown());
        assertEquals(List.of("told"), log);
        assertEquals(List.of("thrown"), failures);
        failures.clear();
        assertFalse(pair[1].isOpen());
    }
}
