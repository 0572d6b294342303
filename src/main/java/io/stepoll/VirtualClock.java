package io.stepoll;

import io.stepoll.internal.poll.Poller;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Time for tests: a loop that has nothing to do but to wait for its earliest deadline does not wait, its time jumps
 * there. A test that sleeps for an hour takes as long as what it does, over real sockets.
 *
 * <p>{@snippet :
 * VirtualClock clock = new VirtualClock();
 * try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
 *     loop.spawn(() -> loop.sleep(Duration.ofHours(1)));
 *     loop.runUntilDone(); // at once
 *     assertEquals(Duration.ofHours(1).toNanos(), clock.nanoTime());
 * }
 * }
 *
 * <p><b>When it jumps.</b> Where the loop would sleep until a deadline: no callback is queued, no other thread has
 * handed anything over, and epoll, asked without waiting, has nothing for a waiter. What epoll does not know of yet is
 * not waited for: bytes of another thread or process, or, on TCP, segments that the kernel delivers a moment later.
 * Where a test has any of that, it gives the clock a quiet time, or holds it:
 * <ul>
 * <li>With a {@linkplain #VirtualClock(Duration) quiet time} the clock jumps only when nothing has come for so long, in
 *     real time.
 * <li>While it is {@linkplain #hold held} it does not jump. It then moves by {@link #advance} only; held for good it is
 *     a clock to be moved by hand.
 * </ul>
 * While a task waits for {@linkplain EventLoop#offload offloaded} work, or for the look-up of a host name, it is held
 * by itself. Deadlines over that do not come meanwhile, unless it is moved.
 *
 * <p>Without a deadline there is nowhere to jump to: the loop sleeps, until a descriptor or another thread ends that.
 *
 * <p><b>What it does not move.</b> Only the loop's own time is virtual: sleeps, timers, deadlines. What counts by the
 * JDK's or the kernel's clock, {@code Thread.sleep}, {@code CompletableFuture.orTimeout}, SO_TIMEOUT, a retransmission,
 * goes by real time, and is outrun by a jump while it waits.
 *
 * <p>It is for one loop. Its methods may be called from any thread.
 */
public final class VirtualClock extends Clock {
    private final AtomicLong nowNanos = new AtomicLong();
    private final AtomicInteger holds = new AtomicInteger();
    private final AtomicBoolean taken = new AtomicBoolean();
    private final long quietNanos;
    private volatile Reactor loop; // null before it is opened

    /** A clock at 0 that jumps as soon as nothing is ready. */
    public VirtualClock() {
        quietNanos = 0;
    }

    /**
     * A clock at 0 that jumps when nothing has become ready for some time.
     *
     * @param quiet how long, in real time, each jump waits for something; a few milliseconds are enough for peers that
     *     answer at once
     * @throws IllegalArgumentException if it is negative
     */
    public VirtualClock(Duration quiet) {
        if (quiet.isNegative()) {
            throw new IllegalArgumentException("a time to wait is not negative: " + quiet);
        }
        quietNanos = quiet.toNanos();
    }

    /** {@return nanoseconds since the clock was made, as the loop counts them} */
    @Override
    public long nanoTime() {
        return nowNanos.get();
    }

    /**
     * Moves the time on. A loop that sleeps looks at it again at once; one that runs does in its next phase.
     *
     * @param nanos by how much, in nanoseconds
     * @throws IllegalArgumentException if it is negative: time does not go back
     */
    public void advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time does not go back: " + nanos);
        }
        nowNanos.accumulateAndGet(nanos, Reactor::plus); // at the end of time it stands still
        changed();
    }

    /**
     * Moves the time on; see {@link #advance(long)}.
     *
     * @param time by how much
     */
    public void advance(Duration time) {
        advance(TimeUnit.NANOSECONDS.convert(time));
    }

    /**
     * Keeps the time from jumping, while another thread works for the test, for instance.
     *
     * @return lets it jump again, when it is closed, unless others hold it too
     */
    @Override
    public Hold hold() {
        holds.incrementAndGet();
        return new Hold(this);
    }

    /** That the clock does not jump, until it is closed, by any thread. */
    public static final class Hold implements AutoCloseable {
        private final VirtualClock clock;
        private final AtomicBoolean released = new AtomicBoolean();

        private Hold(VirtualClock clock) {
            this.clock = clock;
        }

        @Override
        public void close() {
            if (released.compareAndSet(false, true)) {
                clock.holds.decrementAndGet();
                clock.changed();
            }
        }
    }

    private void changed() {
        Reactor told = loop;
        if (told != null) {
            told.clockChanged();
        }
    }

    @Override
    boolean begin(Reactor reactor) {
        if (!taken.compareAndSet(false, true)) {
            return false;
        }
        loop = reactor;
        return true;
    }

    @Override
    int poll(Poller poller, long timeoutNanos) {
        if (timeoutNanos == 0 || timeoutNanos == Poller.FOREVER) {
            return poller.poll(timeoutNanos); // for ever at once: a look before it would take the wake-up
        }
        if (holds.get() > 0) {
            return poller.poll(Poller.FOREVER); // until something comes: a change of the clock does, too
        }
        int told = awaitQuiet(poller);
        if (told == 0 && !isDisturbed(poller) && holds.get() == 0) {
            nowNanos.addAndGet(timeoutNanos);
        }
        return told;
    }

    private static boolean isDisturbed(Poller poller) {
        return poller.wakeup().isWoken() || Thread.currentThread().isInterrupted();
    }

    private int awaitQuiet(Poller poller) {
        long beginNanos = System.nanoTime();
        long leftNanos = quietNanos;
        for (;;) {
            int told = poller.poll(leftNanos);
            if (told != 0 || leftNanos == 0 || isDisturbed(poller)) {
                return told;
            }
            leftNanos = Math.max(0, quietNanos - (System.nanoTime() - beginNanos));
        }
    }
}
