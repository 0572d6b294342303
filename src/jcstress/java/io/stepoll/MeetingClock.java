package io.stepoll;

import io.stepoll.internal.poll.Poller;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * The time of a loop that one actor opens, steps and closes, and the moment of a step at which the other actor meets
 * it: about when the loop has read the clock, which it does first in a step and, as it has run something, again
 * before it sleeps; or when it polls. Time stands still. A sleep that nothing else ends is over when its deadline
 * comes, which is at once.
 */
final class MeetingClock extends Clock {
    private static final int LONGEST_PAUSE = 128; // spins of the loop, as the other has yet to hear of the meeting

    private static final int MOST_SPINS = 1000;

    private volatile EventLoop met;
    private volatile boolean parted;
    private volatile Throwable failure;
    private EventLoop toMeet;
    private int placesToGo;
    private long nowNanos;
    private boolean asleep;
    private boolean overslept;

    /** All that the loop's actor does, from opening the loop to closing it. */
    void run(Consumer<EventLoop> actor) {
        try (EventLoop loop = EventLoop.builder().clock(this).open()) {
            actor.accept(loop);
        } catch (Throwable thrown) {
            failure = thrown; // else the other actor would wait for ever
            throw new IllegalStateException(thrown);
        } finally {
            met = null; // jcstress keeps its states for long, and the loop has memory that is not the heap's
        }
    }

    /** The loop's actor: the other one begins at one of so many places of the next step. */
    void meetWithin(EventLoop loop, int places) {
        loop.callSoon(() -> {}); // something to run
        placesToGo = ThreadLocalRandom.current().nextInt(places) + 1;
        toMeet = loop;
    }

    /** The other actor: waits for the loop to get there. */
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

    /** The other actor: has done what it does. */
    void part() {
        parted = true;
    }

    /** The loop's actor: waits for that. */
    void awaitParting() {
        for (int spins = 1; !parted; spins++) {
            spinOrYield(spins);
        }
    }

    /** The two have a processor each, unless the machine is busy with something else. */
    private static void spinOrYield(int spins) {
        if (spins < MOST_SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    void advance(long nanos) {
        nowNanos += nanos;
    }

    /** Whether the loop's last look found nothing, so that it slept. */
    boolean wasAsleep() {
        return asleep;
    }

    /** Whether only the deadline has ended a sleep. */
    boolean hasOverslept() {
        return overslept;
    }

    private static void pause() {
        for (int n = ThreadLocalRandom.current().nextInt(LONGEST_PAUSE); n > 0; n--) {
            Thread.onSpinWait();
        }
    }

    private void meetHere() {
        if (toMeet != null && --placesToGo == 0) {
            met = toMeet;
            toMeet = null;
            pause();
        }
    }

    @Override
    long nanoTime() {
        meetHere();
        return nowNanos;
    }

    @Override
    int poll(Poller poller, long timeoutNanos) {
        meetHere();
        if (timeoutNanos == 0) {
            return poller.poll(0);
        }
        asleep = true;
        awaitParting();
        long before = poller.dispatched();
        int told = poller.poll(0);
        if (poller.dispatched() == before) {
            overslept = true;
            nowNanos += timeoutNanos;
        }
        return told;
    }
}
