package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.Timer;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.RawSockets;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Everything that parks a thread suspends the task only: a timer on the same loop goes on. */
@Timeout(120)
class BlockingInTasksTest {
    private static final int TICKS = 5;
    private static final Duration TICK = Duration.ofMillis(2);

    /**
     * Runs the body in a task. The timer has to tick while the body is blocked. Then the release, on a thread of its
     * own, lets the body go on.
     */
    private static void whileBlocked(EventLoop loop, TaskBody body, TaskBody release) throws Exception {
        int[] ticks = new int[1];
        Timer[] timer = new Timer[1];
        Task<Void> task = loop.spawn(body);
        CompletableFuture<Void> released = new CompletableFuture<>();
        timer[0] = loop.callLater(TICK, () -> {
            if (++ticks[0] == TICKS) {
                assertFalse(task.isDone(), "the task is not blocked");
                Thread.ofPlatform().start(() -> {
                    try {
                        release.run();
                        released.complete(null);
                    } catch (Throwable e) {
                        released.completeExceptionally(e);
                    }
                });
            } else {
                timer[0].reset(TICK);
            }
        });
        loop.runUntilDone();
        released.join();
        task.join();
        assertEquals(TICKS, ticks[0]);
    }

    @Test
    void aMonitorHeldAcrossARead() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            Object lock = new Object();
            StringBuilder order = new StringBuilder();
            loop.spawn(() -> {
                synchronized (lock) {
                    assertEquals(1, socket.read(ByteBuffer.allocate(8)));
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
    void aReentrantLock() throws Exception {
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
    void aJoinOfAFuture() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CompletableFuture<String> future = new CompletableFuture<>();
            whileBlocked(loop, () -> assertEquals("done", future.join()), () -> future.complete("done"));
        }
    }

    @Test
    void aLatchThatAnotherThreadCountsDown() throws Exception {
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
                Thread.sleep(100); // this tests the JDK's sleep
                slept.await();
            }, slept::countDown);
        }
    }

    @Test
    void aBlockingReadOfTheJdk() throws Exception {
        try (EventLoop loop = EventLoop.open();
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            whileBlocked(loop, () -> assertEquals(7, client.getInputStream().read()),
                    () -> accepted.getOutputStream().write(7));
        }
    }

    @Test
    void aWaitForANotify() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Object monitor = new Object();
            boolean[] notified = new boolean[1];
            whileBlocked(loop, () -> {
                synchronized (monitor) {
                    while (!notified[0]) {
                        monitor.wait();
                    }
                }
            }, () -> {
                synchronized (monitor) {
                    notified[0] = true;
                    monitor.notifyAll();
                }
            });
        }
    }

    @Test
    void aJoinOfAnotherTask() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CountDownLatch latch = new CountDownLatch(1);
            Task<String> other = loop.spawn(() -> {
                latch.await();
                return "result";
            });
            whileBlocked(loop, () -> assertEquals("result", other.join()), latch::countDown);
        }
    }

    /** The thread inherits the loop as its scheduler, and may wait there like a task. */
    @Test
    void aVirtualThreadThatATaskStartsRunsOnTheLoop() throws Exception {
        int[] ends = RawSockets.pair();
        try (EventLoop loop = EventLoop.open()) {
            Descriptor socket = loop.own(ends[0]);
            boolean[] carried = new boolean[1];
            int[] received = new int[1];
            whileBlocked(loop, () -> {
                Thread started = Thread.ofVirtual().start(() -> {
                    carried[0] = Loop.of(loop).scheduler().carries(Thread.currentThread());
                    try {
                        loop.sleep(Duration.ofNanos(1));
                        received[0] = socket.read(ByteBuffer.allocate(8));
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

    /** The loop carries the thread without knowing it as a task. Queueing the callback still writes no eventfd. */
    @Test
    void aVirtualThreadThatATaskStartsQueuesACallback() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            int[] runs = new int[1];
            // No Thread.join: from JDK 27 on a thread of the JDK carries its end to the loop, and may have to wake it.
            loop.spawn(() -> Thread.ofVirtual().start(() -> loop.callSoon(() -> runs[0]++)));
            long before = Loop.of(loop).poller().wakeup().writes();
            loop.runUntilDone();
            assertEquals(1, runs[0]);
            assertEquals(before, Loop.of(loop).poller().wakeup().writes());
        }
    }
}
