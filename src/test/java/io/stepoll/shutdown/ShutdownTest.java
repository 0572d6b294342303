package io.stepoll.shutdown;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.ShutdownReport.Unfinished;
import io.stepoll.support.LogCapture;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The three steps of a shutdown, and what each of them leaves. The time of the loop is virtual. */
@Timeout(120)
class ShutdownTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static EventLoop open() throws IOException {
        return EventLoop.builder().clock(VirtualClock.create()).open();
    }

    private static List<String> names(ShutdownReport report, int step) {
        return report.steps().get(step).left().stream().map(Unfinished::what)
                .map(what -> what.replaceAll(".*,(.*)].*", "$1")).toList();
    }

    private static void read(StreamSocket socket, List<String> log) {
        try (socket) {
            log.add(socket.read(ByteBuffer.allocate(8)) + " bytes");
        } catch (IOException e) {
            log.add(e.toString());
        }
    }

    @Test
    void idleLoopEndsAtOnce() throws Exception {
        try (EventLoop loop = open()) {
            CompletableFuture<ShutdownReport> report = Shutdown.of(loop).start();
            loop.run();
            assertTrue(report.join().isClean());
            assertEquals(List.of("stop accepting", "drain", "abort"),
                    report.join().steps().stream().map(ShutdownReport.Step::name).toList());
            Duration took = report.join().steps().get(1).took();
            assertTrue(took.compareTo(SECOND) < 0, took::toString);
        }
    }

    /** Connections made before the shutdown are served, later ones refused. The accepting task has not failed. */
    @Test
    void connectionsInTheAcceptQueueAreServed() throws Exception {
        try (LogCapture log = new LogCapture()) {
            List<String> served = new ArrayList<>();
            Task<Void> acceptor;
            try (EventLoop loop = open(); Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
                SocketAddress address = listener.localAddress();
                try (SocketChannel first = SocketChannel.open(address);
                        SocketChannel second = SocketChannel.open(address)) {
                    first.shutdownOutput();
                    second.shutdownOutput();
                    CompletableFuture<ShutdownReport> report = Shutdown.of(loop).start();
                    acceptor = loop.spawn(() -> {
                        loop.sleep(SECOND); // accepts only when the shutdown is about to close the listener
                        while (true) {
                            StreamSocket socket = listener.accept();
                            loop.spawn(() -> read(socket, served));
                        }
                    });
                    loop.run();
                    assertTrue(report.join().isClean(), report.join()::toString);
                    assertEquals(List.of("-1 bytes", "-1 bytes"), served);
                    assertThrows(IOException.class, () -> SocketChannel.open(address).close());
                }
            }
            assertEquals(Task.State.CANCELLED, acceptor.state());
            assertEquals(List.of(), log.messages());
        }
    }

    /** A handler accepts from one listener, a task waits in accept for another, and nobody accepts from a third. */
    @Test
    void listenersInAnyState() throws Exception {
        try (EventLoop loop = open(); Listener handled = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"));
                Listener awaited = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"));
                Listener forgotten = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
            SocketAddress forgottenAt = forgotten.localAddress();
            int[] accepted = new int[1];
            handled.descriptor().handle(descriptor -> {
                for (Descriptor one = descriptor.tryAccept(); one != null; one = descriptor.tryAccept()) {
                    accepted[0]++;
                    one.close();
                }
            }, true, false);
            Task<StreamSocket> waits = loop.spawn(() -> awaited.accept());
            loop.step(false);
            SocketAddress handledAt = handled.localAddress();
            try (SocketChannel client = SocketChannel.open(handledAt);
                    SocketChannel ignored = SocketChannel.open(forgottenAt)) {
                CompletableFuture<ShutdownReport> report = Shutdown.of(loop).stopAccepting(SECOND).start();
                loop.run();
                assertEquals(1, accepted[0]);
                assertFalse(handled.descriptor().isOpen());
                assertFalse(awaited.descriptor().isOpen());
                assertFalse(forgotten.descriptor().isOpen());
                assertEquals(Task.State.CANCELLED, waits.state());
                assertEquals(1, report.join().steps().getFirst().took().toSeconds());
                String left = names(report.join(), 0).getFirst();
                assertTrue(left.startsWith("the listener " + Addresses.format(forgottenAt)), left);
                assertTrue(client.isOpen() && ignored.isOpen());
            }
        }
    }

    /** Idle tasks are notified at once, and busy ones end by themselves. The others are named, and aborted. */
    @Test
    void drainThenAbort() throws Exception {
        try (EventLoop loop = open()) {
            StreamSocket[] idle = StreamSocket.pair(loop);
            StreamSocket[] stuck = StreamSocket.pair(loop);
            List<String> log = new ArrayList<>();
            Task<Boolean> waits = loop.spawn(() -> idle[0].awaitRequest());
            loop.spawn("busy", () -> {
                loop.sleep(Duration.ofSeconds(3));
                log.add("busy is done, draining " + loop.isDraining());
            });
            Task<Void> reader = loop.spawn("stuck", () -> read(stuck[0], log));
            loop.spawn("stubborn", () -> {
                while (true) {
                    try {
                        loop.sleep(SECOND);
                    } catch (InterruptedException e) {
                        log.add("not me");
                    }
                }
            });
            loop.step(false);
            assertFalse(loop.isDraining());
            CompletableFuture<ShutdownReport> ended =
                    Shutdown.of(loop).drain(SECOND.multipliedBy(5)).abort(SECOND.multipliedBy(2)).start();
            loop.run();
            ShutdownReport report = ended.join();
            assertFalse(waits.join());
            assertEquals("busy is done, draining true", log.getFirst());
            assertEquals(List.of("stuck", "stubborn"), names(report, 1));
            assertEquals(List.of("stubborn"), names(report, 2));
            assertFalse(report.hasEnded());
            assertEquals(5, report.steps().get(1).took().toSeconds());
            assertEquals(2, report.steps().get(2).took().toSeconds());
            Unfinished one = report.steps().get(1).left().getFirst();
            assertTrue(one.age().compareTo(SECOND.multipliedBy(5)) >= 0, one::toString);
            assertTrue(one.stack().stream().anyMatch(frame -> frame.getMethodName().equals("read")), one::toString);
            assertTrue(one.where().contains("waits for descriptor "), one::where);
            assertTrue(reader.isDone());
            assertTrue(log.get(1).contains("InterruptedIOException"), log::toString);
            assertTrue(idle[1].isOpen() && stuck[1].isOpen());
        }
    }

    /** The draining begins when a request has come that the loop has not seen yet. The request is answered. */
    @Test
    void requestAtTheLastMomentIsAnswered() throws Exception {
        try (EventLoop loop = open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            List<Boolean> asked = new ArrayList<>();
            loop.spawn(() -> {
                asked.add(pair[0].awaitRequest());
                pair[0].read(ByteBuffer.allocate(8));
                pair[0].write(ByteBuffer.allocate(3));
                asked.add(pair[0].awaitRequest());
            });
            loop.step(false);
            loop.spawn(() -> { // the newest timer runs first: the bytes come after the poll, before the draining looks
                Loop.of(loop).descriptors().draining().begin();
                loop.callLater(Duration.ZERO, () -> {
                    try {
                        pair[1].tryWrite(ByteBuffer.allocate(2));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
            });
            Task<Integer> answer = loop.spawn(() -> pair[1].read(ByteBuffer.allocate(8)));
            loop.runUntilDone();
            assertEquals(List.of(true, false), asked);
            assertEquals(3, answer.join());
        }
    }

    /** Bytes that are there before the wait are a request, and so is the end. */
    @Test
    void awaitRequestReturnsForBytesAndForTheEnd() throws Exception {
        try (EventLoop loop = open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            Task<List<Boolean>> asked = loop.spawn(() -> {
                List<Boolean> answers = new ArrayList<>();
                pair[1].write(ByteBuffer.allocate(1));
                answers.add(pair[0].awaitRequest());
                pair[0].read(ByteBuffer.allocate(1)); // a full buffer, so the loop does not know that nothing is left
                loop.spawn(() -> {
                    loop.sleep(SECOND);
                    pair[1].close();
                });
                answers.add(pair[0].awaitRequest());
                assertEquals(-1, pair[0].read(ByteBuffer.allocate(1)));
                return answers;
            });
            loop.runUntilDone();
            assertEquals(List.of(true, true), asked.join());
        }
    }

    @Test
    void actionBeforeTheShutdownHasTheTimeOfItsFirstStep() throws Exception {
        try (EventLoop loop = open()) {
            List<String> log = new ArrayList<>();
            CompletableFuture<ShutdownReport> report = Shutdown.of(loop).stopAccepting(SECOND, () -> {
                try {
                    log.add("announced");
                    loop.sleep(Duration.ofMinutes(1));
                } finally {
                    log.add("draining " + loop.isDraining());
                }
            }).start();
            loop.run();
            assertEquals(List.of("announced", "draining false"), log);
            assertEquals(List.of("before shutdown"), names(report.join(), 0));
            assertTrue(report.join().toString().contains("not ended: "), report.join()::toString);
        }
    }

    /** Tasks of two loops hand work to each other until it is done. */
    @Test
    void groupEndsTogether() throws Exception {
        try (LoopGroup group = LoopGroup.open(2)) {
            CountDownLatch begun = new CountDownLatch(1);
            CompletableFuture<Integer> handed = new CompletableFuture<>();
            group.loop(1).spawn(() -> {
                begun.countDown();
                group.loop(1).sleep(Duration.ofMillis(20));
                handOn(group, 50, handed);
            });
            begun.await();
            ShutdownReport report = Shutdown.of(group).start().join();
            assertTrue(report.isClean(), report::toString);
            assertTrue(handed.isDone());
            group.join();
        }
    }

    private static void handOn(LoopGroup group, int times, CompletableFuture<Integer> handed) {
        if (times == 0) {
            handed.complete(times);
        } else {
            group.loop(times % 2).spawn(() -> {
                group.loop(times % 2).sleep(Duration.ofMillis(1));
                handOn(group, times - 1, handed);
            });
        }
    }

    /** A loop that stands still cannot be ended. The report names it, and the other loops end. */
    @Test
    void loopThatStandsStillIsNamed() throws Exception {
        try (LoopGroup group = LoopGroup.open(2)) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            group.loop(1).callSoon(() -> {
                begun.countDown();
                while (release.getCount() > 0) {
                    Thread.onSpinWait();
                }
            });
            begun.await();
            try {
                Duration none = Duration.ZERO;
                ShutdownReport report = Shutdown.of(group).stopAccepting(none).drain(none).abort(none).start().join();
                assertFalse(report.hasEnded());
                Unfinished left = report.steps().getLast().left().getFirst();
                assertTrue(left.what().startsWith("the loop itself"), left::toString);
                assertEquals(group.loop(1).toString(), "EventLoop[" + left.loop() + "]");
            } finally {
                release.countDown();
            }
        }
    }

    @Test
    void misuse() throws Exception {
        EventLoop loop = open();
        assertThrows(IllegalArgumentException.class, () -> Shutdown.of(loop).drain(Duration.ofNanos(-1)));
        loop.close();
        CompletableFuture<ShutdownReport> report = Shutdown.of(loop).start();
        assertThrows(ExecutionException.class, report::get);
    }

    /** The loop is closed before the shutdown begins, or while it goes on. Either way its future fails. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void loopClosedBeforeTheEndOfTheShutdown(boolean begun) throws Exception {
        CompletableFuture<ShutdownReport> report;
        try (EventLoop loop = open()) {
            loop.spawn(() -> loop.sleep(SECOND));
            report = Shutdown.of(loop).start();
            if (begun) {
                loop.step(false);
                loop.step(false);
            }
            assertFalse(report.isDone());
        }
        assertTrue(report.isCompletedExceptionally());
    }

    /** A callback, a task and another thread start it, before the loop runs and later. There is one shutdown. */
    @Test
    void startedByManyAtOnce() throws Exception {
        try (EventLoop loop = open()) {
            Shutdown shutdown = Shutdown.of(loop);
            CompletableFuture<ShutdownReport> report = shutdown.start();
            List<CompletableFuture<ShutdownReport>> others = Collections.synchronizedList(new ArrayList<>());
            loop.callSoon(() -> others.add(shutdown.start()));
            loop.spawn(() -> others.add(shutdown.start()));
            CompletableFuture<ShutdownReport> another = Shutdown.of(loop).drain(Duration.ZERO).start();
            Thread.ofPlatform().start(() -> others.add(shutdown.start())).join();
            loop.run();
            assertTrue(report.join().isClean());
            assertEquals(List.of(report, report, report), others);
            assertSame(report.join(), another.join(), "two shutdowns that are under way at once are one");
            CompletableFuture<ShutdownReport> later = Shutdown.of(loop).start();
            loop.run();
            assertNotSame(report.join(), later.join());
        }
    }
}
