package io.stepoll.internal.loop;

import io.stepoll.EventLoop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.time.LoopClock;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * The clock of a loop that one actor opens, steps and closes. The clock also lets the other actor meet the loop in a
 * step, at one of its places: where the loop reads the clock, first at the begin of the step and, after it has run
 * something, again before the poll; where it polls; and where the test has a {@link #place} of its own, in a callback
 * for instance. The time stands still. A sleep that nothing else ends ends at once, at its deadline.
 */
final class MeetingClock extends LoopClock {
    private static final int LONGEST_PAUSE = 128; // spins of the loop, until the other actor sees that they have met

    private static final int MOST_SPINS = 1000;

    private static final long LONGEST_END_NANOS = 10_000_000_000L;

    private volatile EventLoop met;
    private volatile boolean parted;
    private volatile Throwable failure;
    private EventLoop toMeet;
    private int placesToGo;
    private long nowNanos;
    private boolean asleep;
    private boolean overslept;

    /** The loop's actor: opens the loop, does what the test does with it, and closes it. */
    void run(Consumer<EventLoop> actor) {
        LoopBuilder options = new LoopBuilder().clock(this);
        options.looksForBlocked = 0; // else each close behind a blocked task would take 200 ms
        try (EventLoop loop = options.open()) {
            actor.accept(loop);
        } catch (Throwable thrown) {
            failure = thrown; // ends the wait of the other actor
            throw new IllegalStateException(thrown);
        } finally {
            met = null; // jcstress keeps this object for long, and the loop has native memory
        }
    }

    /** The loop's actor: lets the other actor begin at one of so many places of the next step. */
    void meetWithin(EventLoop loop, int places) {
        loop.callSoon(() -> {}); // so that the step runs something
        placesToGo = ThreadLocalRandom.current().nextInt(places) + 1;
        toMeet = loop;
    }

    /** The other actor: waits until the loop has reached that place. */
    EventLoop await() {
        EventLoop loop = met;
        int spins = 0;
        while (loop == null) {
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
            spinOrYield(++spins);
            loop = met;
        }
        return loop;
    }

    /** The other actor: is done. */
    void part() {
        parted = true;
    }

    /** The loop's actor: waits until the other actor is done. */
    void awaitParting() {
        for (int spins = 1; !parted; spins++) {
            spinOrYield(spins);
        }
    }

    /** Yields only after many spins: mostly each actor has a processor of its own. */
    static void spinOrYield(int spins) {
        if (spins < MOST_SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    /** The loop's actor: the two meet here, if they have not met before. */
    void lastPlace() {
        placesToGo = 1;
        place();
    }

    /**
     * The loop's actor: steps until the loop has nothing left to do. A thread of the JDK may have to hand over a
     * monitor first. Returns false if that takes too long.
     */
    static boolean stepUntilDone(EventLoop loop) {
        long begin = System.nanoTime();
        while (!loop.step(false).done()) {
            if (System.nanoTime() - begin > LONGEST_END_NANOS) {
                return false;
            }
        }
        return true;
    }

    void advance(long nanos) {
        nowNanos += nanos;
    }

    /** Whether the loop has slept. */
    boolean wasAsleep() {
        return asleep;
    }

    /** Whether nothing but the deadline has ended a sleep. */
    boolean hasOverslept() {
        return overslept;
    }

    private static void pause() {
        for (int n = ThreadLocalRandom.current().nextInt(LONGEST_PAUSE); n > 0; n--) {
            Thread.onSpinWait();
        }
    }

    /** On the loop's thread: one more place where the two may meet. */
    void place() {
        if (toMeet != null && --placesToGo == 0) {
            met = toMeet;
            toMeet = null;
            pause();
        }
    }

    @Override
    public long nanoTime() {
        place();
        return nowNanos;
    }

    @Override
    public int poll(Poller poller, long timeoutNanos, long deadlineNanos) {
        place();
        if (timeoutNanos == 0) {
            return poller.poll(0);
        }
        asleep = true;
        awaitParting();
        long before = poller.dispatched();
        int notified = poller.poll(0);
        if (poller.dispatched() == before) {
            overslept = true;
            nowNanos += timeoutNanos;
        }
        return notified;
    }
}
