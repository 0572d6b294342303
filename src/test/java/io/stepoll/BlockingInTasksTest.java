package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever blocks a thread suspends a task, while a timer on the same loop goes on ticking. */
@Timeout(120)
class BlockingInTasksTest {
    private static final int TICKS = 5;
    private static final long TICK_NANOS = 2_000_000;

    /** Something a test does that may throw. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    /**
     * Runs the body in a task; while that is blocked the timer has to tick, and then the release, on a thread of its
     * own, lets it go on.
     */
    private static void whileBlocked(EventLoop loop, TaskBody body, Action release) throws Exception {
        int[] ticks = new int[1];
        Timer[] timer = new Timer[1];
        Task<Void> task = loop.spawn(body);
        CompletableFuture<Void> released = new CompletableFuture<>();
        timer[0] = loop.callLater(TICK_NANOS, () -> {
            if (++ticks[0] == TICKS) {
                assertFalse(task.isDone(), "the task was to be blocked");
                Thread.ofPlatform().start(() -> {
                    try {
                        release.run();
                        released.complete(null);
                    } catch (Throwable e) {
                        released.completeExceptionally(e);
                    }
                });
            } else {
                timer[0].reset(TICK_NANOS);
            }
        });
        loop.runUntilDone();
        released.join();
        task.join();
        assertEquals(TICKS, ticks[0]);
    }

    @Test
    void monitorHeldAcrossRecv() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            Object lock = new Object();
            StringBuilder order = new StringBuilder();
            loop.spawn(() -> {
                synchronized (lock) {
                    assertEquals(1, loop.recv(socket, ByteBuffer.allocate(8)));
                    order.append("received ");
                }
            });
            whileBlocked(loop, () -> {
                synchronized (lock) {
                    order.append("entered");
                }
            }, () -> RawSockets.send(ends[1], 1));
            assertEquals("received entered", order.toString());
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    @Test
    void reentrantLock() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            ReentrantLock lock = new ReentrantLock();
            CountDownLatch held = new CountDownLatch(1);
            CountDownLatch free = new CountDownLatch(1);
            Thread holder = Thread.ofPlatform().start(() -> {
                lock.lock();
                held.countDown();
                try {
                    free.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                } finally {
                    lock.unlock();
                }
            });
            held.await();
            whileBlocked(loop, () -> {
                lock.lock();
                lock.unlock();
            }, free::countDown);
            holder.join();
        }
    }

    @Test
    void futureJoin() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CompletableFuture<String> future = new CompletableFuture<>();
            whileBlocked(loop, () -> assertEquals("done", future.join()), () -> future.complete("done"));
        }
    }

    @Test
    void latchCountedDownByAnotherThread() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CountDownLatch latch = new CountDownLatch(1);
            whileBlocked(loop, latch::await, latch::countDown);
        }
    }

    @Test
    void threadSleep() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CountDownLatch slept = new CountDownLatch(1);
            whileBlocked(loop, () -> {
                Thread.sleep(100); // the JDK's sleep is what is tested
                slept.await();
            }, slept::countDown);
        }
    }

    @Test
    void blockingReadOfTheJdk() throws Exception {
        try (EventLoop loop = EventLoop.open();
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            whileBlocked(loop, () -> assertEquals(7, client.getInputStream().read()),
                    () -> accepted.getOutputStream().write(7));
        }
    }

    @Test
    void objectWait() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Object monitor = new Object();
            boolean[] told = new boolean[1];
            whileBlocked(loop, () -> {
                synchronized (monitor) {
                    while (!told[0]) {
                        monitor.wait();
                    }
                }
            }, () -> {
                synchronized (monitor) {
                    told[0] = true;
                    monitor.notifyAll();
                }
            });
        }
    }

    @Test
    void joinOfAnotherTask() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CountDownLatch latch = new CountDownLatch(1);
            Task<String> other = loop.spawn(() -> {
                latch.await();
                return "result";
            });
            whileBlocked(loop, () -> assertEquals("result", other.join()), latch::countDown);
        }
    }

    /** It inherits the loop as its scheduler, and may wait on it like a task. */
    @Test
    void virtualThreadStartedByATaskRunsOnTheLoop() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            boolean[] carried = new boolean[1];
            int[] received = new int[1];
            whileBlocked(loop, () -> {
                Thread started = Thread.ofVirtual().start(() -> {
                    carried[0] = loop.reactor().scheduler.carries(Thread.currentThread());
                    try {
                        loop.sleep(1);
                        received[0] = loop.recv(socket, ByteBuffer.allocate(8));
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                });
                started.join();
            }, () -> RawSockets.send(ends[1], 3));
            assertTrue(carried[0]);
            assertEquals(3, received[0]);
        } finally {
            RawSockets.close(ends[1]);
        }
    }

    /** Queued by a thread that the loop carries but does not know as a task: still no eventfd, and in order. */
    @Test
    void callSoonFromAVirtualThreadOfATask() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int[] runs = new int[1];
            loop.spawn(() -> Thread.ofVirtual().start(() -> loop.callSoon(() -> runs[0]++)).join());
            int before = loop.reactor().poller.wakeup().writes();
            loop.runUntilDone();
            assertEquals(1, runs[0]);
            assertEquals(before, loop.reactor().poller.wakeup().writes());
        }
    }
}
