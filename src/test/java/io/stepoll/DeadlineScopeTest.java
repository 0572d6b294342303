package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Deadlines over code. */
@Timeout(60)
class DeadlineScopeTest extends VirtualTimeFixture {
    @Test
    void endsAnyWait() throws Exception {
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

    /** The JDK closes a channel or a socket that is interrupted, and leaves the status set. */
    @Test
    void endsAWaitOfTheJdks() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            exceeds(SECOND, () -> client.getInputStream().read());
        }
        exceeds(SECOND, () -> {
            Thread.sleep(Long.MAX_VALUE / 1_000_000); // the JDK's sleep is what the deadline has to end
            return null;
        });
    }

    @Test
    void codeInTime() throws Exception {
        assertEquals("result", inTask(() -> loop.within(SECOND, () -> {
            loop.sleep(SECOND.minusNanos(1));
            return "result";
        })));
        assertEquals("broken", assertThrows(IOException.class, () -> inTask(() -> loop.within(SECOND, () -> {
            throw new IOException("broken");
        }))).getMessage());
        assertNull(inTask(() -> loop.within(null, () -> {
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
        assertEquals(0, loop.reactor().timers.size());
    }

    /** The code does not wait any more: what it has done, though late, is done; and no interrupt stays. */
    @Test
    void codeThatEndsLate() throws Exception {
        assertEquals("late", inTask(() -> {
            String result = loop.within(SECOND, () -> {
                clock.advance(HOUR);
                LockSupport.park(); // lets the timer phase come, and is ended by the deadline without a word
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

    /** In the very phase in which the deadline comes: the sleep is the newer registration, so it ends first. */
    @Test
    void codeThatEndsJustAsTheDeadlineComes() throws Exception {
        assertEquals("in time", inTask(() -> {
            String result = loop.within(SECOND, () -> {
                loop.sleep(SECOND);
                return "in time";
            });
            loop.sleep(HOUR);
            return result;
        }));
    }

    /** Either way round: what came first in that phase counts, and the socket is whole. */
    @Test
    void readyInThePhaseBeforeTheDeadline() throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        loop.callLater(SECOND.toNanos() - 1, () -> {
            RawSockets.send(pair[1].descriptor().fd(), 3);
            clock.advance(1); // its event is dispatched in this step, the deadline is due in the next
        });
        assertEquals(3, inTask(() -> {
            int read = loop.within(SECOND, () -> pair[0].read(ByteBuffer.allocate(8)));
            loop.sleep(HOUR);
            return read;
        }));
        loop.callLater(SECOND.toNanos(), () -> RawSockets.send(pair[1].descriptor().fd(), 4));
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

    /** An interrupt of the task that nobody has called a cancel, before the deadline: it is not the deadline's. */
    @Test
    void interruptBefore() throws Exception {
        assertThrows(InterruptedException.class, () -> inTask(() -> loop.within(SECOND, () -> {
            Thread.currentThread().interrupt();
            LockSupport.park(); // returns at once
            Thread.yield();
            clock.advance(HOUR);
            Thread.yield();
            Thread.yield(); // the timer phase has been
            loop.sleep(SECOND);
            return null;
        })));
    }

    @Test
    void noTimeAtAll() throws Exception {
        assertEquals("no wait", inTask(() -> loop.within(Duration.ZERO, () -> "no wait")));
        exceeds(Duration.ZERO, () -> {
            loop.sleep(1);
            return null;
        });
        assertThrows(DeadlineExceededException.class, () -> inTask(() -> loop.within(Duration.ofNanos(-5), () -> {
            loop.sleep(1);
            return null;
        })));
    }

    /** The cost: an entry of the queue, taken out again. */
    @Test
    void oneTimer() throws Exception {
        inTask(() -> {
            int before = loop.reactor().timers.size();
            return loop.within(SECOND, () -> {
                assertEquals(before + 1, loop.reactor().timers.size());
                return loop.within(HOUR, () -> {
                    assertEquals(before + 2, loop.reactor().timers.size());
                    return null;
                });
            });
        });
        assertEquals(0, loop.reactor().timers.size());
    }

    /** A thread that a task has started by itself may have deadlines, too. */
    @Test
    void inAThreadOfATask() throws Exception {
        Exception[] ended = new Exception[1];
        inTask(() -> {
            Thread.ofVirtual().start(() -> ended[0] = assertThrows(DeadlineExceededException.class,
                    () -> loop.within(SECOND, () -> loop.sleep(HOUR)))).join();
            return null;
        });
        assertSame(DeadlineExceededException.class, ended[0].getClass());
    }

    @Test
    void wrongPlaces() throws Exception {
        assertThrows(IllegalStateException.class, () -> loop.within(SECOND, () -> 1));
        assertThrows(NullPointerException.class, () -> loop.within(SECOND, (Callable<?>) null));
        assertThrows(NullPointerException.class, () -> loop.within(SECOND, (TaskBody) null));
        assertThrows(NullPointerException.class, () -> loop.within(null, (Callable<?>) null));
    }

    @Test
    void theLoopCloses() throws Exception {
        VirtualClock another = new VirtualClock();
        Task<Void> task;
        try (EventLoop closing = EventLoop.builder().clock(another).open()) {
            task = closing.spawn(() -> closing.within(SECOND, () -> closing.sleep(HOUR)));
            closing.step(false);
        }
        assertEquals(Task.State.CANCELLED, task.state());
        assertEquals(0, another.nanoTime());
    }
}
