package io.stepoll.internal.time;

import io.stepoll.VirtualClock;
import io.stepoll.internal.poll.Poller;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The virtual clock of a loop, and how the loop sleeps by it. */
public final class VirtualTime extends LoopClock implements VirtualClock {
    private final AtomicLong nowNanos = new AtomicLong();
    private final AtomicInteger holds = new AtomicInteger();
    private final AtomicBoolean taken = new AtomicBoolean();
    private volatile long quietNanos;
    private volatile ClockUser user; // null until there is one

    /** A clock at 0, without a quiet time. */
    public VirtualTime() {}

    @Override
    public VirtualClock quiet(Duration quiet) {
        if (quiet.isNegative()) {
            throw new IllegalArgumentException("a quiet time must not be negative: " + quiet);
        }
        if (taken.get()) {
            throw new IllegalStateException("a loop has this clock already: set its quiet time before");
        }
        quietNanos = Nanos.of(quiet);
        return this;
    }

    @Override
    public long nanoTime() {
        return nowNanos.get();
    }

    @Override
    public void advance(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("time does not go back: " + time);
        }
        nowNanos.accumulateAndGet(Nanos.of(time), Nanos::plus); // at the end of time it stands still
        tellUser();
    }

    @Override
    public VirtualClock.Hold hold() {
        holds.incrementAndGet();
        return new Holding(this);
    }

    private static final class Holding implements VirtualClock.Hold {
        private final VirtualTime clock;
        private final AtomicBoolean released = new AtomicBoolean();

        Holding(VirtualTime clock) {
            this.clock = clock;
        }

        @Override
        public void close() {
            if (released.compareAndSet(false, true)) {
                clock.holds.decrementAndGet();
                clock.tellUser();
            }
        }
    }

    private void tellUser() {
        ClockUser known = user;
        if (known != null) {
            known.clockChanged();
        }
    }

    @Override
    public boolean begin(ClockUser newUser) {
        if (!taken.compareAndSet(false, true)) {
            return false;
        }
        user = newUser;
        return true;
    }

    /**
     * Jumps to the earliest deadline where the loop would otherwise sleep until then: a non-blocking poll found no
     * event, no thread has woken the loop, and nothing is on its way to it. The second check is needed because that
     * poll may have taken the wake-up.
     */
    @Override
    public int poll(Poller poller, long timeoutNanos, long deadlineNanos) {
        if (timeoutNanos == 0 || timeoutNanos == Poller.FOREVER) {
            return poller.poll(timeoutNanos); // without a deadline at once: a poll before it would take the wake-up
        }
        if (holds.get() > 0) {
            return poller.poll(Poller.FOREVER); // until an event comes; a change of the clock is one
        }
        int ready = poller.poll(0);
        if (ready != 0 || isDisturbed(poller)) {
            return ready;
        }
        if (!user.haveAllArrived()) {
            return poller.poll(Poller.FOREVER); // until the wake-up, or an event; then the loop polls once more
        }
        int notified = awaitQuiet(poller);
        if (notified == 0 && !isDisturbed(poller) && holds.get() == 0) {
            nowNanos.accumulateAndGet(deadlineNanos, Math::max); // another thread may have moved the clock meanwhile
        }
        return notified;
    }

    private static boolean isDisturbed(Poller poller) {
        return poller.wakeup().isWoken() || poller.isInterrupted();
    }

    private int awaitQuiet(Poller poller) {
        long beginNanos = System.nanoTime();
        long leftNanos = quietNanos;
        for (;;) {
            int notified = poller.poll(leftNanos);
            if (notified != 0 || leftNanos == 0 || isDisturbed(poller)) {
                return notified;
            }
            leftNanos = Math.max(0, quietNanos - (System.nanoTime() - beginNanos));
        }
    }
}
