package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How tasks end: with a result, a failure, a cancel, or the close of the loop. */
@Timeout(120)
class TaskLifeTest {
    private static final Duration LONG = Duration.ofDays(10);

    @Test
    void everyJoinReturnsTheResult() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Task<String> task = loop.spawn(() -> "result");
            assertEquals(Task.State.NEW, task.state());
            CompletableFuture<String> elsewhere = CompletableFuture.supplyAsync(() -> {
                try {
                    return task.join();
                } catch (InterruptedException | ExecutionException e) {
                    throw new AssertionError(e);
                }
            });
            Task<String> other = loop.spawn(() -> "joined " + task.join());
            loop.runUntilDone();
            assertEquals("result", task.join());
            assertEquals("result", elsewhere.join());
            assertEquals("joined result", other.join());
            assertEquals(Task.State.SUCCEEDED, task.state());
        }
    }

    @Test
    void everyJoinThrowsTheFailureAndNothingIsLogged() throws Exception {
        try (LogCapture log = new LogCapture()) {
            try (EventLoop loop = EventLoop.open()) {
                Task<Void> task = loop.spawn(() -> {
                    throw new IOException("broken");
                });
                loop.runUntilDone();
                assertEquals(Task.State.FAILED, task.state());
                for (int i = 0; i < 2; i++) {
                    assertEquals("broken", assertThrows(ExecutionException.class, task::join).getCause().getMessage());
                }
            }
            assertEquals(List.of(), log.messages());
        }
    }

    /** The log has the failure once, although the loop closes and the task becomes unreachable. */
    @Test
    void aFailureThatNobodyJoinsIsLoggedOnce() throws Exception {
        try (LogCapture log = new LogCapture()) {
            try (EventLoop loop = EventLoop.open()) {
                spawnFailing(loop);
                loop.runUntilDone();
                assertEquals(List.of(), log.messages());
            }
            assertEquals(1, log.messages().size(), () -> log.messages().toString());
            assertTrue(log.messages().getFirst().contains("failed, and nobody has joined it"));
            System.gc();
            assertEquals(1, log.messages().size());
        }
    }

    /** The failure is logged while the loop runs, once nobody can join the task any more. */
    @Test
    void theFailureOfAnUnreachableTaskIsLogged() throws Exception {
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.open()) {
            spawnFailing(loop);
            loop.runUntilDone();
            while (log.messages().isEmpty()) {
                System.gc();
                Thread.onSpinWait();
            }
            assertEquals(1, log.messages().size());
        }
    }

    private static void spawnFailing(EventLoop loop) {
        loop.spawn(() -> {
            throw new IOException("nobody cares");
        });
    }

    @Test
    void aFailedCallbackIsLoggedByDefault() throws Exception {
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.open()) {
            loop.callSoon(() -> {
                throw new IllegalStateException("oops");
            });
            loop.runUntilDone();
            assertEquals(1, log.messages().size());
            assertTrue(log.messages().getFirst().contains("a callback of the event loop failed"));
        }
    }

    /** The handler may wait and take locks. The log has what the handler throws itself. */
    @Test
    void theFailureHandlerRunsInATask() throws Exception {
        List<String> handled = new ArrayList<>();
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.builder()
                .failureHandler((callback, failure) -> {
                    handled.add(failure.getMessage() + " " + Thread.currentThread().isVirtual());
                    throw new IllegalStateException("handler");
                }).open()) {
            for (String name : List.of("a", "b")) {
                loop.callSoon(() -> {
                    throw new IllegalStateException(name);
                });
            }
            loop.runUntilDone();
            assertEquals(List.of("a true", "b true"), handled);
            assertEquals(2, log.messages().size());
        }
    }

    @Test
    void aCancelBeforeTheStartKeepsTheBodyFromRunning() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            boolean[] ran = new boolean[1];
            Task<Void> task = loop.spawn(() -> {
                ran[0] = true;
            });
            task.cancel();
            loop.runUntilDone();
            assertFalse(ran[0]);
            assertEquals(Task.State.CANCELLED, task.state());
            assertThrows(CancellationException.class, task::join);
            task.cancel();
        }
    }

    /** Each wait ends with an exception that clears the interrupt status. Nothing is left, and the socket is usable. */
    @Test
    void aCancelEndsAWait() throws Exception {
        int[] ends = RawSockets.pair();
        RawSockets.smallSendBuffer(ends[0], 4096);
        try (LogCapture log = new LogCapture(); EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            Descriptor shared = loop.adopt(ends[1]);
            List<TaskBody> waits = List.of(() -> loop.sleep(LONG), () -> shared.read(ByteBuffer.allocate(1)),
                    () -> socket.read(ByteBuffer.allocate(1)),
                    () -> socket.write(ByteBuffer.allocate(4_000_000)),
                    () -> Thread.sleep(1L << 40)); // a cancel ends the JDK's sleep, too
            for (TaskBody wait : waits) {
                boolean[] cleared = new boolean[1];
                Task<Void> task = loop.spawn(() -> {
                    try {
                        wait.run();
                    } finally {
                        cleared[0] = !Thread.currentThread().isInterrupted();
                        loop.sleep(Duration.ofNanos(1)); // cleanup may wait
                    }
                });
                loop.step(false);
                assertEquals(Task.State.RUNNING, task.state());
                task.cancel();
                loop.runUntilDone();
                assertEquals(Task.State.CANCELLED, task.state());
                assertTrue(cleared[0]);
                assertTrue(loop.step(false).done());
            }
            Task<Integer> reader = loop.spawn(() -> shared.read(ByteBuffer.allocate(4)));
            loop.runUntilDone();
            assertEquals(4, reader.join(), "what the cancelled writer had sent");
            assertEquals(List.of(), log.messages());
        }
    }

    /** An interrupt that is no cancel ends a wait with an exception, as it does in any thread. */
    @Test
    void anInterruptIsAnExceptionOfTheWait() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            Task<Integer> reader = loop.spawn(() -> {
                try {
                    return socket.read(ByteBuffer.allocate(8));
                } catch (InterruptedIOException e) {
                    return socket.read(ByteBuffer.allocate(8));
                }
            });
            Task<Void> sleeper = loop.spawn(() -> loop.sleep(LONG));
            loop.step(false);
            reader.thread().interrupt();
            sleeper.thread().interrupt();
            loop.step(false);
            loop.step(false);
            RawSockets.send(ends[1], 6);
            loop.runUntilDone();
            assertEquals(6, reader.join());
            assertInstanceOf(InterruptedException.class,
                    assertThrows(ExecutionException.class, sleeper::join).getCause());
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    @Test
    void closingTheLoopEndsItsTasks() throws Exception {
        int[] ends = RawSockets.pair();
        List<Object> log = new ArrayList<>();
        List<Task<?>> tasks = new ArrayList<>();
        try (LogCapture logged = new LogCapture()) {
            try (EventLoop loop = EventLoop.open()) {
                Descriptor socket = loop.own(ends[0]);
                tasks.add(loop.spawn(() -> loop.sleep(LONG)));
                tasks.add(loop.spawn(() -> {
                    try {
                        socket.read(ByteBuffer.allocate(8));
                    } catch (AsynchronousCloseException e) {
                        log.add("closed");
                        throw e;
                    }
                }));
                tasks.add(loop.spawn(() -> {
                    while (true) {
                        loop.sleep(Duration.ZERO);
                    }
                }));
                loop.step(false);
                tasks.add(loop.spawn(() -> log.add("never begun")));
                loop.callSoon(() -> log.add("queued before"));
                loop.callLater(Duration.ZERO, () -> log.add("timer"));
            }
            assertEquals(List.of("queued before", "closed"), log);
            for (Task<?> task : tasks) {
                assertEquals(Task.State.CANCELLED, task.state(), task::toString);
            }
            assertEquals(List.of(), logged.messages());
        }
        Looks.until(() -> RawSockets.recv(ends[1]) == 0); // on an old kernel another thread closes the socket
        RawSockets.close(ends[1]);
    }

    /** The close leaves such a task behind, and that task does not keep another one, which ends late, from ending. */
    @Test
    void aTaskThatTriesAgainAfterEachExceptionDoesNotHoldTheClose() throws Exception {
        try (LogCapture logged = new LogCapture()) {
            Object monitor = new Object();
            boolean[] ran = new boolean[1];
            Task<Void> stubborn;
            Task<Void> blocked;
            CountDownLatch entered = new CountDownLatch(1);
            CountDownLatch leave = new CountDownLatch(1);
            Thread holder = Thread.ofPlatform().start(() -> {
                synchronized (monitor) {
                    entered.countDown();
                    awaitQuietly(leave);
                }
            });
            entered.await();
            AtomicInteger tries = new AtomicInteger();
            try (EventLoop loop = EventLoop.open()) {
                stubborn = loop.spawn(() -> {
                    while (tries.get() < 2_000_000) {
                        try {
                            loop.sleep(Duration.ZERO);
                        } catch (InterruptedException | IllegalStateException e) {
                            tries.incrementAndGet();
                        }
                    }
                });
                blocked = loop.spawn(() -> {
                    synchronized (monitor) {
                        ran[0] = true;
                    }
                });
                loop.step(false);
            }
            leave.countDown();
            holder.join();
            blocked.join();
            assertTrue(ran[0]);
            stubborn.join();
            assertTrue(logged.messages().getFirst().contains("2 tasks have not ended"), logged.messages()::toString);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** At an interrupt the JDK closes the socket and throws an exception that does not mention the interrupt. */
    @Test
    void aCancelEndsAReadOfTheJdk() throws Exception {
        try (EventLoop loop = EventLoop.open();
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            Task<Integer> task = loop.spawn(() -> client.getInputStream().read());
            loop.step(false);
            task.cancel();
            loop.runUntilDone();
            assertEquals(Task.State.CANCELLED, task.state());
        }
    }

    /** The thread's uncaught-exception handler throws, and this leaves the thread. The loop resumes the others. */
    @Test
    void aThrowingHandlerOfAThreadKeepsNobodyFromBeingWoken() throws Exception {
        int[] ends = RawSockets.pair();
        List<String> failures = new ArrayList<>();
        try (EventLoop loop = EventLoop.builder()
                .failureHandler((thread, failure) -> failures.add(failure.getMessage())).open()) {
            Descriptor socket = loop.own(ends[0]);
            Task<Integer> neighbour = loop.spawn(() -> socket.read(ByteBuffer.allocate(8)));
            loop.spawn(() -> {
                Thread.ofVirtual().uncaughtExceptionHandler((thread, failure) -> {
                    throw new IllegalStateException("out of the handler");
                }).start(() -> {
                    try {
                        socket.read(ByteBuffer.allocate(8));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                    throw new IllegalStateException("out of the body");
                });
            });
            loop.step(false);
            loop.step(false);
            RawSockets.close(ends[1]);
            loop.runUntilDone();
            assertEquals(-1, neighbour.join());
        }
    }

    @Test
    void theThreadOfATaskHasItsName() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Thread[] current = new Thread[1];
            Task<Void> task = loop.spawn("worker", () -> {
                current[0] = Thread.currentThread();
            });
            loop.runUntilDone();
            assertSame(task.thread(), current[0]);
            assertEquals("worker", current[0].getName());
        }
    }

    @Test
    void theCurrentTaskAndLoopAreKnown() throws Exception {
        assertNull(Task.current());
        assertNull(EventLoop.current());
        try (EventLoop loop = EventLoop.open()) {
            List<Object> seen = new ArrayList<>();
            Runnable look = () -> seen.addAll(Arrays.asList(Task.current(), EventLoop.current()));
            Task<Void> task = loop.spawn(() -> {
                look.run();
                loop.sleep(Duration.ZERO);
                look.run();
                Thread.ofVirtual().start(look).join(); // runs on the loop, but is no task
            });
            loop.callSoon(look);
            loop.runUntilDone();
            assertEquals(Arrays.asList(task, loop, null, loop, task, loop, null, loop), seen);
            assertNull(EventLoop.current());
        }
    }
}
