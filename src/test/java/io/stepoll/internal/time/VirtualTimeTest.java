package io.stepoll.internal.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.stepoll.internal.poll.Poller;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The jump of a virtual clock, beside threads that move the clock in the middle of it. */
class VirtualTimeTest {
    private static final long DEADLINE = 10;

    /** Another thread moves the clock after the loop has looked at it. The loop is notified later. */
    @Test
    void aJumpBesideAnAdvanceEndsAtTheDeadline() {
        assertEquals(DEADLINE, afterPoll(3));
        assertEquals(DEADLINE, afterPoll(DEADLINE));
    }

    @Test
    void anAdvanceBeyondTheDeadlineStays() {
        assertEquals(DEADLINE + 1, afterPoll(DEADLINE + 1));
    }

    private static long afterPoll(long advanced) {
        VirtualTime clock = new VirtualTime();
        clock.begin(new ClockUser() {
            @Override
            public void clockChanged() {}

            @Override
            public boolean haveAllArrived() {
                clock.advance(Duration.ofNanos(advanced));
                return true;
            }
        });
        Poller poller = Poller.open().poller();
        try {
            assertEquals(0, clock.poll(poller, DEADLINE, DEADLINE));
        } finally {
            poller.close();
        }
        return clock.nanoTime();
    }
}
