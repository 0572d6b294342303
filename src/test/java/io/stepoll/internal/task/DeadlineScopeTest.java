package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.RawSockets;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deadlines over code of a task. */
@Timeout(60)
class DeadlineScopeTest extends VirtualTimeFixture {
    private static final Duration NANOSECOND = Duration.ofNanos(1);

    private int timers() {
        return Loop.of(loop).timers().size();
    }

    /** A task that ignores the end of its loop gets no further deadline, or turn: it would hold the close. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whileTheLoopCloses(boolean turn) throws Exception {
        AtomicReference<Throwable> refused = new AtomicReference<>();
        loop.spawn(() -> {
            try {
                loop.sleep(HOUR);
            } catch (InterruptedException | RuntimeException e) {
                Thread.interrupted();
                try {
                    if (turn) {
                        loop.sleep(Duration.ZERO);
                    } else {
                        loop.within(SECOND, () -> null);
                    }
                    refused.set(new AssertionError("not refused"));
                } catch (Exception second) {
                    refused.set(second);
                }
            }
        });
        loop.step(false);
        loop.close();
        assertInstanceOf(LoopClosedException.class, refused.get());
    }

    @Test
    void aDeadlineEndsAnyWait() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        ByteBuffer much = ByteBuffer.allocate(4_000_000);
        DeadlineExceededException read = exceeds(SECOND, () -> pair[0].read(ByteBuffer.allocate(1)));
        assertInstanceOf(InterruptedIOException.class, read.getCause());
        assertEquals(SECOND, read.timeout());
        assertInstanceOf(TimeoutException.class, read);
        assertEquals("not done within PT1S", read.getMessage());
        exceeds(SECOND, () -> pair[0].write(much));
        Throwable write = exceeds(SECOND, () -> pair[1].write(much.rewind())).getCause();
        assertEquals(much.position(), ((InterruptedIOException) write).bytesTransferred);
        exceeds(SECOND, () -> {
            loop.sleep(HOUR);
            return null;
        });
        Task<Void> other = loop.spawn(() -> loop.sleep(HOUR));
        exceeds(SECOND, other::join);
        exceeds(SECOND, () -> new LinkedBlockingQueue<>().take());
        exceeds(SECOND, () -> {
            new CountDownLatch(1).await();
            return null;
        });
        exceeds(SECOND, () -> {
            Object monitor = new Object();
            synchronized (monitor) {
                monitor.wait();
            }
            return null;
        });
        other.cancel();
        loop.runUntilDone();
        pair[0].close();
        pair[1].close();
    }

    /** The JDK closes the channel or socket of a thread that is interrupted, and leaves the interrupt status set. */
    @Test
    void aDeadlineEndsAWaitInTheJdk() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            exceeds(SECOND, () -> client.getInputStream().read());
        }
        exceeds(SECOND, () -> {
            Thread.sleep(Long.MAX_VALUE / 1_000_000); // the deadline has to end the JDK's sleep
            return null;
        });
    }

    @Test
    void codeThatEndsInTime() throws Exception {
        assertEquals("result", inTask(() -> loop.within(SECOND, () -> {
            loop.sleep(SECOND.minusNanos(1));
            return "result";
        })));
        assertEquals("broken", assertThrows(IOException.class, () -> inTask(() -> loop.within(SECOND, () -> {
            throw new IOException("broken");
        }))).getMessage());
        assertNull(inTask(() -> loop.within(ChronoUnit.FOREVER.getDuration(), () -> {
            loop.sleep(HOUR);
            return null;
        })));
        boolean[] ran = new boolean[1];
        inTask(() -> {
            loop.within(SECOND, () -> {
                ran[0] = true;
            });
            return null;
        });
        assertTrue(ran[0]);
        assertEquals(0, timers());
    }

    /** The code does not wait after its deadline, so its late result or exception counts. No interrupt stays. */
    @Test
    void codeThatEndsLate() throws Exception {
        assertEquals("late", inTask(() -> {
            String result = loop.within(SECOND, () -> {
                clock.advance(HOUR);
                LockSupport.park(); // until the timers phase, where the deadline ends this without an exception
                assertTrue(Thread.currentThread().isInterrupted());
                return "late";
            });
            loop.sleep(HOUR);
            return result;
        }));
        assertThrows(IOException.class, () -> inTask(() -> loop.within(SECOND, () -> {
            LockSupport.park();
            throw new IOException("late");
        })));
        assertThrows(SocketTimeoutException.class, () -> inTask(() -> loop.within(SECOND, () -> {
            LockSupport.park();
            throw new SocketTimeoutException("of a deadline of its own");
        })));
    }

    /** Code and deadline end in the same phase. The sleep ends first, because its registration is newer. */
    @Test
    void codeThatEndsInThePhaseOfItsDeadline() throws Exception {
        assertEquals("in time", inTask(() -> {
            String result = loop.within(SECOND, () -> {
                loop.sleep(SECOND);
                return "in time";
            });
            loop.sleep(HOUR);
            return result;
        }));
    }

    /** Data comes just before the deadline, or just after it. What comes first counts. The socket stays usable. */
    @Test
    void readinessAndTheDeadlineInNeighbouringPhases() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        loop.callLater(SECOND.minusNanos(1), () -> {
            RawSockets.send(pair[1].descriptor().fd(), 3);
            clock.advance(NANOSECOND); // This step dispatches the event. The deadline is due in the next one.
        });
        assertEquals(3, inTask(() -> {
            int read = loop.within(SECOND, () -> pair[0].read(ByteBuffer.allocate(8)));
            loop.sleep(HOUR);
            return read;
        }));
        loop.callLater(SECOND, () -> RawSockets.send(pair[1].descriptor().fd(), 4));
        exceeds(SECOND, () -> pair[0].read(ByteBuffer.allocate(8)));
        assertEquals(4, inTask(() -> pair[0].read(ByteBuffer.allocate(8))), "the bytes are still there");
        pair[0].close();
        pair[1].close();
    }

    @Test
    void cleanupMayWait() throws Exception {
        long[] cleaned = new long[1];
        exceedsWithCleanup(() -> {
            try {
                loop.sleep(HOUR);
            } finally {
                loop.sleep(MINUTE);
                cleaned[0] = clock.nanoTime();
            }
            return null;
        });
        assertEquals(SECOND.plus(MINUTE).toNanos(), cleaned[0]);
    }

    private void exceedsWithCleanup(Callable<?> body) {
        assertThrows(DeadlineExceededException.class, () -> inTask(() -> loop.within(SECOND, body)));
    }

    /** An interrupt that is no cancel comes before the deadline. It does not count as the interrupt of the deadline. */
    @Test
    void anInterruptBeforeTheDeadline() throws Exception {
        assertThrows(InterruptedException.class, () -> inTask(() -> loop.within(SECOND, () -> {
            Thread.currentThread().interrupt();
            LockSupport.park(); // returns at once
            Thread.yield();
            clock.advance(HOUR);
            Thread.yield();
            Thread.yield(); // now the timers phase is over
            loop.sleep(SECOND);
            return null;
        })));
    }

    @Test
    void aTimeoutOfZeroOrLess() throws Exception {
        assertEquals("no wait", inTask(() -> loop.within(Duration.ZERO, () -> "no wait")));
        exceeds(Duration.ZERO, () -> {
            loop.sleep(NANOSECOND);
            return null;
        });
        assertThrows(DeadlineExceededException.class, () -> inTask(() -> loop.within(NANOSECOND.negated(), () -> {
            loop.sleep(NANOSECOND);
            return null;
        })));
    }

    /** A deadline costs one entry of the timer queue, which is removed when the code ends. */
    @Test
    void aDeadlineIsOneTimer() throws Exception {
        inTask(() -> {
            int before = timers();
            return loop.within(SECOND, () -> {
                assertEquals(before + 1, timers());
                return loop.within(HOUR, () -> {
                    assertEquals(before + 2, timers());
                    return null;
                });
            });
        });
        assertEquals(0, timers());
    }

    /** A virtual thread that a task starts may have deadlines, too. */
    @Test
    void deadlinesInAThreadThatATaskStarts() throws Exception {
        Exception[] ended = new Exception[1];
        inTask(() -> {
            Thread.ofVirtual().start(() -> ended[0] = assertThrows(DeadlineExceededException.class,
                    () -> loop.within(SECOND, () -> loop.sleep(HOUR)))).join();
            return null;
        });
        assertSame(DeadlineExceededException.class, ended[0].getClass());
    }

    @Test
    void wrongUse() throws Exception {
        assertThrows(IllegalStateException.class, () -> loop.within(SECOND, () -> 1));
        assertThrows(NullPointerException.class, () -> loop.within(SECOND, (Callable<?>) null));
        assertThrows(NullPointerException.class, () -> loop.within(SECOND, (TaskBody) null));
        assertThrows(NullPointerException.class, () -> inTask(() -> loop.within(null, () -> 1)));
    }

    @Test
    void theLoopCloses() throws Exception {
        VirtualClock another = VirtualClock.create();
        Task<Void> task;
        try (EventLoop closing = EventLoop.builder().clock(another).open()) {
            task = closing.spawn(() -> closing.within(SECOND, () -> closing.sleep(HOUR)));
            closing.step(false);
        }
        assertEquals(Task.State.CANCELLED, task.state());
        assertEquals(0, another.nanoTime());
    }
}
